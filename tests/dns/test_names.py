"""Names between text and wire."""

import dns.name
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterdns.dns import names
from clusterdns.dns.names import BadName, encode_name, name_text, parse_name

label = st.binary(min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("text", "wire"),
    [
        (".", b"\0"),
        ("", b"\0"),
        ("a.b", b"\x01a\x01b\0"),
        ("A.b.", b"\x01A\x01b\0"),
        (r"a\.b.c.", b"\x03a.b\x01c\0"),
        (r"\065.c.", b"\x01A\x01c\0"),
        ("*.example.", b"\x01*\x07example\0"),
    ],
)
def test_text_becomes_wire(text, wire):
    assert encode_name(text) == wire


@pytest.mark.parametrize("text", ["a..b", ".a", "x" * 64, ".".join(["x" * 60] * 5), "a\\", r"a\25", r"a\999"])
def test_what_is_no_name_is_refused_with_a_sentence(text):
    with pytest.raises(BadName, match=r".+"):
        encode_name(text)


@given(st.lists(label, min_size=0, max_size=8))
def test_every_name_survives_text_as_it_does_in_dnspython(parts):
    wire = names.from_labels(parts)
    text = name_text(wire)
    assert encode_name(text) == wire
    assert dns.name.from_text(text).to_wire() == wire


def test_a_zone_ends_on_the_border_of_a_label():
    zone = parse_name("cluster.local")
    assert names.is_subdomain(parse_name("web.svc.cluster.local"), zone)
    assert names.is_subdomain(zone, zone)
    assert not names.is_subdomain(parse_name("mycluster.local"), zone)
    # The octets of the zone within a single label are no zone.
    assert not names.is_subdomain(names.from_labels([b"x\x07cluster\x05local"]), zone)


def test_the_longest_zone_wins():
    zones = (parse_name("local"), parse_name("cluster.local"), parse_name("example"))
    assert names.longest_match(parse_name("a.cluster.local"), zones) == zones[1]
    assert names.longest_match(parse_name("a.org"), zones) is None


@pytest.mark.parametrize("address", ["10.0.0.1", "2001:db8::1", "0.0.0.0", "::"])
def test_reverse_names_lead_back_to_the_address(address):
    assert str(names.address_of(names.reverse_name(address))) == address


@pytest.mark.parametrize(
    "text",
    ["in-addr.arpa.", "1.0.10.in-addr.arpa.", "a.0.0.10.in-addr.arpa.", "01.0.0.10.in-addr.arpa.", "1.ip6.arpa."],
)
def test_what_is_no_whole_address_has_none(text):
    assert names.address_of(parse_name(text)) is None
