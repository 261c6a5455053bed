"""Both ways to read and send packets are tested, where the system has both."""

import pytest

from clusterdns.server import mmsg

BOTH_WAYS = ("test_server_udp", "test_server_fuzz", "test_server_clients")


@pytest.fixture(autouse=True)
def batches(request, monkeypatch):
    """Many packets per system call, or one after the other."""
    if not getattr(request, "param", True):
        monkeypatch.setattr(mmsg, "AVAILABLE", False)


def pytest_generate_tests(metafunc):
    if mmsg.AVAILABLE and metafunc.module.__name__ in BOTH_WAYS:
        metafunc.parametrize("batches", [True, False], ids=["batches", "singly"], indirect=True)
