"""A machine as its files show it: this one's sockets."""

import socket
import sys
from pathlib import Path

import pytest

from clusterdns.doctor import Machine


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has these files")
@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_who_has_a_port_is_read_from_proc(address):
    comm = Path("/proc/self/comm").read_text().strip()
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as udp, socket.socket(family, socket.SOCK_STREAM) as tcp:
        udp.bind((address, 0))
        tcp.bind((address, 0))
        tcp.listen()
        for sock, transport in ((udp, "UDP"), (tcp, "TCP")):
            holders = Machine().holders(sock.getsockname()[1])
            assert (transport, address, comm) in holders


def test_a_machine_without_proc_has_no_holders(tmp_path):
    assert Machine(tmp_path, "darwin").holders(53) == []
