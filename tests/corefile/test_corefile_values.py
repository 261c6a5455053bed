from ipaddress import ip_address, ip_network

import pytest

from clusterdns.corefile import (
    match_groups,
    parse_duration,
    parse_integer,
    parse_ip,
    parse_network,
    parse_number,
    parse_pattern,
    parse_unsigned,
)
from clusterdns.corefile.zones import is_domain_name, normalize_name


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0), ("-0", 0), ("+0", 0), ("0s", 0), ("5s", 5), ("+5s", 5), ("-5s", -5), ("100ms", 0.1), ("1h30m", 5400),
        ("1.5s", 1.5), ("1.s", 1), (".5m", 30), ("1m1m", 120), ("7us", 7e-6), ("7µs", 7e-6), ("7μs", 7e-6),
        ("9ns", 9e-9), ("2540400h", 2540400 * 3600.0),
    ],
)  # fmt: skip
def test_durations_are_read_as_go_reads_them(text: str, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds, rel=1e-12)


@pytest.mark.parametrize(
    "text",
    ["", "+", "-", "5", "s", ".s", "5 s", " 5s", "5S", "5d", "1h30", "--5s", "5sec", "1e3s", "\u0665s", "9" * 30 + "h"],
)
def test_other_durations_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        parse_duration(text)


def test_a_duration_has_63_bits_of_nanoseconds() -> None:
    with pytest.raises(ValueError, match="292 years"):
        parse_duration("2600000h")


@pytest.mark.parametrize(("text", "value"), [("0", 0), ("-5", -5), ("+5", 5), ("007", 7), (str(2**63 - 1), 2**63 - 1)])
def test_integers_are_read_as_go_reads_them(text: str, value: int) -> None:
    assert parse_integer(text) == value


@pytest.mark.parametrize("text", ["", "+", "5.0", "1_000", " 5", "5\n", "0x10", "\u0665", str(2**63), "1" * 5000])
def test_other_integers_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a number"):
        parse_integer(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [("0", 0), ("12", 12), ("0x1F", 31), ("0b11", 3), ("0o17", 15), ("017", 15), ("1_000", 1000), ("0x_f", 15)],
)
def test_numbers_without_sign_may_have_another_base(text: str, value: int) -> None:
    assert parse_unsigned(text, 16) == value


@pytest.mark.parametrize("text", ["", "-1", "+1", "0x", "08", "1__0", "_1", "1_", "0b2", "\u0665", "7 ", "9" * 5000])
def test_others_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a number"):
        parse_unsigned(text, 16)


def test_a_number_has_no_more_bits_than_it_may() -> None:
    assert parse_unsigned("255", 8) == 255
    with pytest.raises(ValueError, match="is more than 255"):
        parse_unsigned("256", 8)


@pytest.mark.parametrize(
    ("text", "value"), [("5", 5), ("-2.5", -2.5), (".5", 0.5), ("1e3", 1000), ("inf", float("inf"))]
)
def test_numbers_may_have_a_fraction(text: str, value: float) -> None:
    assert parse_number(text) == value


@pytest.mark.parametrize("text", ["", ".", "1_0", "abc", "1e", " 1"])
def test_other_numbers_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a number"):
        parse_number(text)


def test_addresses_have_no_zone_and_no_leading_zeros() -> None:
    assert parse_ip("10.0.0.1") == ip_address("10.0.0.1")
    assert parse_ip("::1") == ip_address("::1")
    for text in ("", "10.0.0.01", "10.0.1", "fe80::1%eth0", "[::1]", "10.0.0.1:53"):
        with pytest.raises(ValueError, match="is not an IP address"):
            parse_ip(text)


def test_networks_have_a_prefix_length() -> None:
    assert parse_network("10.1.2.3/8") == ip_network("10.0.0.0/8")
    assert parse_network("2001:db8::1/032") == ip_network("2001:db8::/32")
    for text in ("10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/255.0.0.0", "10.0.0.0/+8", "/8", "a/8", "::1%1/8"):
        with pytest.raises(ValueError, match="is not a network"):
            parse_network(text)


@pytest.mark.parametrize(
    ("text", "name"), [("", "."), (".", "."), ("A.b", "a.b."), ("a.", "a."), ("a\\.", "a\\.."), ("a\\\\.", "a\\\\.")]
)
def test_names_are_lower_case_and_absolute(text: str, name: str) -> None:
    assert normalize_name(text) == name


@pytest.mark.parametrize("text", [".", "a", "a.b.", "*.a", "_a._b", "a\\.b", "a\\000b", "é", "a/b:c", "a" * 63])
def test_what_can_be_a_domain_name(text: str) -> None:
    assert is_domain_name(text)


@pytest.mark.parametrize(
    "text",
    ["", "..", ".a", "a..b", "a\\", "a" * 64, "é" * 32, "\\000" * 64, "\\5a", "\\256", "\udcff", ".".join("ab" * 90)],
)
def test_what_cannot_be_a_domain_name(text: str) -> None:
    assert not is_domain_name(text)


def test_a_pattern_is_found_in_a_text_with_its_groups() -> None:
    pattern = parse_pattern("(é+)(x)?([^z])")
    assert match_groups(pattern, "aééb") == ["ééb", "éé", "", "b"]
    assert match_groups(pattern, "aéz") is None
    assert match_groups(pattern, "\udcffé\udcfe") is None  # octets that are no UTF-8 match nothing
