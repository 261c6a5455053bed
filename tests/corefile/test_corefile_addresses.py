import pytest

from clusterdns.corefile import host_port, host_ports_or_file, split_host_port

RESOLV_CONF = "# comment\nsearch a b\nnameserver 10.0.0.1\nnameserver fe80::1%eth0 more\nnameserver\noptions ndots:5\n"


def read(path: str) -> str:
    if path != "/etc/resolv.conf":
        raise FileNotFoundError(path)
    return RESOLV_CONF


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [("a:53", "a", "53"), (":53", "", "53"), ("[::1]:53", "::1", "53"), ("a:", "a", ""), ("[a]:x", "a", "x")],
)
def test_host_and_port_are_what_the_last_colon_separates(text: str, host: str, port: str) -> None:
    assert split_host_port(text) == (host, port)


@pytest.mark.parametrize(
    "text", ["", "a", "::1", "[::1]", "[::1", "[::1]53", "[::1]:5:3", "a]:53", "[[::1]:53", "1:2:3"]
)
def test_what_has_no_host_and_port_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"port|colons|'\]'|bracket"):
        split_host_port(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.0.0.1", "10.0.0.1:53"),
        ("10.0.0.1:5353", "10.0.0.1:5353"),
        ("10.0.0.1:", "10.0.0.1:53"),
        ("::1", "[::1]:53"),
        ("[::1]:54", "[::1]:54"),
        ("fe80::1%eth0", "[fe80::1%eth0]:53"),
    ],
)
def test_an_address_gets_the_default_port(text: str, expected: str) -> None:
    assert host_port(text) == expected


@pytest.mark.parametrize("text", ["", "localhost", "localhost:53", ":53", "[::1]"])
def test_an_address_is_no_name(text: str) -> None:
    with pytest.raises(ValueError, match="is not an IP address"):
        host_port(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.0.0.1", ["10.0.0.1:53"]),
        ("10.0.0.1:54", ["10.0.0.1:54"]),
        ("dns://10.0.0.1", ["10.0.0.1:53"]),
        ("tls://10.0.0.1", ["tls://10.0.0.1:853"]),
        ("tls://10.0.0.1%dns.example:854", ["tls://10.0.0.1%dns.example:854"]),
        ("https://[2001:db8::1]", ["https://[2001:db8::1]:443"]),
        ("::1", ["[::1]:53"]),
        ("unix:///run/socket", ["unix:///run/socket"]),
        ("/etc/resolv.conf", ["10.0.0.1:53", "[fe80::1]:53"]),
    ],
)
def test_servers_are_addresses_or_stand_in_a_file(text: str, expected: list[str]) -> None:
    assert host_ports_or_file(text, read) == expected


@pytest.mark.parametrize("text", ["", "tls://", "/etc/absent", "dns.example", "dns.example:53", "a27.0.0.1"])
def test_what_is_no_server_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not an"):
        host_ports_or_file(text, read)


def test_a_file_may_name_no_servers() -> None:
    assert host_ports_or_file("empty.conf", lambda path: "\n") == []
