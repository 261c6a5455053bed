import pytest
from chain import Chain

from clusterdns import interfaces
from clusterdns.corefile import CorefileError


def hosts(lines):
    return Chain(f". {{\n{lines}\n whoami\n}}").setting.hosts


@pytest.fixture
def loopback(monkeypatch):
    """A machine with one interface."""
    known = {"lo": ["127.0.0.1", "::1"], "eth0": ["192.0.2.7", "fe80::1%eth0"]}
    monkeypatch.setattr(interfaces, "addresses", lambda name=None: known.get(name, []))


def test_addresses_are_listened_on_as_given(loopback):
    assert hosts("bind 1.2.3.4 ::5") == ("1.2.3.4", "::5")


def test_an_interface_stands_for_its_addresses(loopback):
    assert hosts("bind 1.2.3.4 lo") == ("1.2.3.4", "127.0.0.1", "::1")


def test_a_link_local_address_keeps_its_interface(loopback):
    assert hosts("bind eth0") == ("192.0.2.7", "fe80::1%eth0")


def test_exceptions_are_left_out(loopback):
    assert hosts("bind lo eth0 {\n except ::1 eth0\n}") == ("127.0.0.1",)


def test_lines_add_up_and_repeat_nothing(loopback):
    assert hosts("bind 127.0.0.1\nbind lo") == ("127.0.0.1", "::1")


def test_the_loopback_interface_of_this_machine_is_known():
    assert "127.0.0.1" in hosts("bind lo")


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("bind 1.2.3.invalid", "'1.2.3.invalid' is neither an IP address nor an interface"),
        ("bind ::1 noone", "'noone' is neither"),
        ("bind", "1 argument expected after 'bind'"),
        ("bind 127.0.0.1 {\n except\n}", "1 argument expected after 'except'"),
        ("bind 127.0.0.1 {\n expect ::1\n}", "did you mean 'except'"),
    ],
)
def test_what_cannot_be_listened_on_is_named(loopback, line, problem):
    with pytest.raises(CorefileError, match=problem):
        hosts(line)
