import pytest

from clusterdns.corefile import Claim, ZoneKey, find_overlaps, parse
from clusterdns.dns.names import parse_name


def zones(keys: str) -> list[ZoneKey]:
    corefile = parse(f"{keys} {{\n}}\n", "Corefile", env={})
    assert corefile.problems == ()
    return [zone for block in corefile.blocks for zone in block.zones]


def problem(key: str) -> str:
    (only,) = parse(f"{key} {{\n}}\n", "Corefile", env={}).problems
    return str(only)


@pytest.mark.parametrize(
    ("key", "transport", "zone", "port"),
    [
        (".", "dns", ".", None),
        (".:53", "dns", ".", 53),
        ("example.org", "dns", "example.org.", None),
        ("Example.ORG.:1053", "dns", "example.org.", 1053),
        ("dns://example.org:53", "dns", "example.org.", 53),
        ("tls://example.org", "tls", "example.org.", None),
        ("https://.:8443", "https", ".", 8443),
        ("https3://a", "https3", "a.", None),
        ("quic://a", "quic", "a.", None),
        ("grpc://a", "grpc", "a.", None),
        ("a:0053", "dns", "a.", 53),
        ("a:+53", "dns", "a.", 53),
        ("a:0", "dns", "a.", 0),
    ],
)
def test_a_key_names_transport_zone_and_port(key: str, transport: str, zone: str, port: int | None) -> None:
    (only,) = zones(key)
    assert (only.transport, only.zone, only.port) == (transport, zone, port)


@pytest.mark.parametrize(
    "key", ["example.org:port", "foo://example.org", "TLS://example.org", "a:5_3", "a:\u0665\u0663"]
)
def test_an_odd_port_or_scheme_belongs_to_the_name_of_the_zone(key: str) -> None:
    (only,) = zones(key)
    assert (only.transport, only.zone, only.port) == ("dns", key.lower() + ".", None)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("10.0.0.0/24", ["0.0.10.in-addr.arpa."]),
        ("10.0.0.77/24", ["0.0.10.in-addr.arpa."]),
        ("10.0.0.5/32", ["5.0.0.10.in-addr.arpa."]),
        ("10.0.0.0/8", ["10.in-addr.arpa."]),
        ("10.0.0.0/024", ["0.0.10.in-addr.arpa."]),
        ("10.4.0.0/15", ["4.10.in-addr.arpa.", "5.10.in-addr.arpa."]),
        ("10.0.0.16/30", [f"{last}.0.0.10.in-addr.arpa." for last in (16, 17, 18, 19)]),
        ("10.0.0.0/25", [f"{last}.0.0.10.in-addr.arpa." for last in range(128)]),
        ("0.0.0.0/0", ["in-addr.arpa."]),
        ("2001:db8::/32", ["8.b.d.0.1.0.0.2.ip6.arpa."]),
        ("fd00::/7", ["c.f.ip6.arpa.", "d.f.ip6.arpa."]),
        ("10.0.0.0/24.", ["10.0.0.0/24."]),
        ("10.0.0.0/33", ["10.0.0.0/33."]),
        ("10.0.0/24", ["10.0.0/24."]),
        ("010.0.0.0/8", ["010.0.0.0/8."]),
        ("10.0.0.0/255.0.0.0", ["10.0.0.0/255.0.0.0."]),
    ],
)
def test_a_network_stands_for_its_reverse_zones(key: str, expected: list[str]) -> None:
    assert [zone.zone for zone in zones(key)] == expected


def test_a_network_may_have_scheme_and_port() -> None:
    assert [(zone.transport, zone.zone, zone.port) for zone in zones("tls://10.2.0.0/15:8853")] == [
        ("tls", "2.10.in-addr.arpa.", 8853),
        ("tls", "3.10.in-addr.arpa.", 8853),
    ]


@pytest.mark.parametrize("key", ["a:", "dns://", ":53", "a..b", ".a", "a." + "b" * 64, "a\\", "::/0", "0fd0::/16"])
def test_a_key_that_is_no_zone_is_refused(key: str) -> None:
    assert problem(key).startswith("Corefile:1: zone ")


def test_a_name_has_at_most_255_octets_on_the_wire() -> None:
    labels = ".".join(["a" * 62] * 4)
    (only,) = zones(labels + ".b")
    assert len(parse_name(only.zone)) == 255
    assert "is not a domain name" in problem(labels + ".bb")


@pytest.mark.parametrize("port", ["65536", "-1", "99999"])
def test_a_port_that_no_socket_has_is_refused(port: str) -> None:
    assert problem(f"a:{port}") == f"Corefile:1: port {port} of zone 'a:{port}' is not between 0 and 65535"


@pytest.mark.parametrize(
    ("key", "port"), [("a", 5353), ("a:53", 53), ("tls://a", 853), ("https://a", 443), ("quic://a", 853)]
)
def test_the_port_to_listen_on_is_the_one_of_the_transport_unless_given(key: str, port: int) -> None:
    (only,) = zones(key)
    assert only.listen_port(dns_port=5353) == port


def overlaps(*claims: tuple[str, str]) -> list[str]:
    text = "".join(f"{key} {{\n}}\n" for key, _ in claims)
    blocks = parse(text, "Corefile", env={}).blocks
    return [
        str(error)
        for error in find_overlaps(
            Claim(zone, address.removesuffix("!"), address.endswith("!"))
            for block, (_, address) in zip(blocks, claims, strict=True)
            for zone in block.zones
        )
    ]


def test_a_zone_is_served_once_per_port_and_transport() -> None:
    assert overlaps(("a", ""), ("b", ""), ("a:54", ""), ("tls://a", ""), ("a:53", "")) == [
        "Corefile:9: dns://a.:53 is already served by the block at Corefile:1"
    ]
    assert overlaps(("10.0.0.0/24 0.0.10.in-addr.arpa", "")) == [
        "Corefile:1: dns://0.0.10.in-addr.arpa.:53 is already served by the block at Corefile:1"
    ]


def test_a_zone_may_be_served_at_several_addresses() -> None:
    assert overlaps(("a", "127.0.0.1"), ("a", "127.0.0.2")) == []
    assert overlaps(("a", "127.0.0.1"), ("a", "127.0.0.1")) == [
        "Corefile:3: dns://a.:53 on 127.0.0.1 is already served by the block at Corefile:1"
    ]


@pytest.mark.parametrize(("first", "second"), [("", "127.0.0.1"), ("127.0.0.1", "")])
def test_a_block_without_bind_takes_every_address(first: str, second: str) -> None:
    (only,) = overlaps(("a", first), ("a", second))
    assert "overlaps with the block at Corefile:1" in only


def test_a_filtered_block_may_share_its_zone() -> None:
    assert overlaps(("a", "!"), ("a", "!"), ("a", "")) == []
    assert overlaps(("a", ""), ("a", "!")) == []
    assert len(overlaps(("a", ""), ("a", "127.0.0.1!"))) == 1
