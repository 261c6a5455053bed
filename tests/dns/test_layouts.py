"""Which record data CoreDNS can read, and which makes a query FORMERR. Every line was asked of CoreDNS 1.14.7."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterdns.dns import codes
from clusterdns.dns.layouts import check_rdata
from clusterdns.dns.query import HEADER, Malformed, parse_query
from clusterdns.dns.record import FIXED
from clusterdns.dns.wire import Unreadable

QUESTION = b"\1x\7example\0\0\x10\0\1"
NAME = b"\1a\0"
POINTER = b"\xc0\x0c"


def asked_with(rtype, rdata, rclass=codes.IN):
    """A query with a record in its additional section."""
    record = b"\0" + FIXED.pack(codes.TYPES.get(rtype, rtype), rclass, 0, len(rdata)) + rdata
    return HEADER.pack(7, codes.RD, 1, 0, 0, 1) + QUESTION + record


@pytest.mark.parametrize(
    ("rtype", "readable", "unreadable"),
    [
        ("A", [bytes(4)], [bytes(3), bytes(5)]),
        ("AAAA", [bytes(16)], [bytes(4)]),
        ("NS", [NAME, POINTER, b"\0"], [b"\1", b"\x01a", NAME + b"\0"]),
        ("SOA", [NAME, 2 * NAME, 2 * NAME + bytes(4), 2 * NAME + bytes(20)], [2 * NAME + bytes(19), bytes(23)]),
        ("MX", [b"\0\1", b"\0\1" + NAME, b"\0\1" + POINTER], [b"\0", b"\0\1" + NAME + b"x"]),
        ("SRV", [bytes(6), bytes(2), bytes(6) + NAME], [bytes(5), bytes(6) + b"\x05a"]),
        ("NAPTR", [bytes(4), b"\0\1\0\1\1u", b"\0\1\0\1\1u\0\0" + NAME], [b"\0\1\0\1\5u", bytes(8) + b"x"]),
        ("TXT", [b"\3abc", b"\1a\1b", b"\0"], [b"\5abc", b"\1a\1"]),
        ("HINFO", [b"\3abc", b"\1a\1b"], [b"\5abc", b"\1a\1b\0"]),
        ("CAA", [b"\0", b"\0\5issueabc", b"\0\5issue"], [b"\0\x09issue"]),
        ("DS", [b"\0\1", b"\0\1\x08\2", b"\0\1\x08\2" + bytes(5)], [b"\0"]),
        ("NSEC", [NAME, NAME + b"\0\1\x40\1\1\x80"], [NAME + b"\0\0", NAME + b"\0\x21" + bytes(33), NAME + b"\0\1"]),
        ("NSEC", [NAME + b"\1\1\x40"], [NAME + b"\1\1\x40\0\1\x40"]),
        ("NSEC3", [b"\1", b"\1\0\0\0\2ab\1x\0\1\x40"], [b"\1\0\0\0\2ab", b"\1\0\0\0\5ab"]),
        ("NSEC3PARAM", [b"\1\0\0\0\2ab"], [b"\1\0\0\0\2abc"]),
        ("RRSIG", [bytes(18), bytes(18) + NAME + b"sig"], [bytes(17)]),
        ("APL", [b"\0\1\x18\3\x0a\0\1", b"\0\2\x80\0"], [b"\0\1\x21\0", b"\0\3\0\0", b"\0\1\x18\2\x0a\0", b"\0\1"]),
        ("LOC", [bytes(1), bytes(8), bytes(16)], [bytes(6), bytes(17)]),
        (
            "IPSECKEY",
            [b"\1", b"\1\1\0\1\2\3\4key", b"\1\3\0" + NAME, b"\1\0\2key"],
            [b"\1\1\0abc", b"\1\2\0" + bytes(15)],
        ),
        ("AMTRELAY", [b"\1\2" + bytes(16), b"\1\0"], [b"\1\2" + bytes(15), b"\1\0x"]),
        ("HIP", [b"\2\0\0\3", b"\2\0\0\3abcde" + 2 * NAME], [b"\2\0\0\3abcd"]),
        ("TKEY", [NAME, NAME + bytes(16)], [NAME + bytes(12) + b"\0\0\0\0\0\2a"]),
        ("TSIG", [NAME, NAME + bytes(16), NAME + bytes(8) + b"\0\2"], [NAME + bytes(8) + b"\0\2ab", NAME + bytes(5)]),
        ("EUI48", [bytes(6)], [bytes(5)]),
        ("ZONEMD", [bytes(4), bytes(6) + b"digest"], [bytes(3)]),
        ("ANY", [b""], [b"\0"]),
        ("NXNAME", [b""], [NAME]),
        (999, [b"", b"\xff", POINTER, bytes(40)], []),
        ("DOA", [b"\xff"], []),
    ],
)
def test_data_is_what_its_type_wants_as_far_as_it_goes(rtype, readable, unreadable):
    for rclass in (codes.IN, codes.CH, codes.ANY):
        for rdata in (b"", *readable):
            assert parse_query(asked_with(rtype, rdata, rclass)).question == QUESTION
        for rdata in unreadable:
            with pytest.raises(Malformed):
                parse_query(asked_with(rtype, rdata, rclass))


@pytest.mark.parametrize(
    ("parameters", "is_readable"),
    [
        (b"", True),
        (b"\0\3\0\2\0\x50", True),
        (b"\0\3\0\2\0\x50\0\4\0\4\1\2\3\4", True),
        (b"\0\4\0\4\1\2\3\4\0\3\0\2\0\x50", False),
        (b"\0\3\0\2\0\x50\0\3\0\2\0\x50", False),
        (b"\0\3\0\3\0\x50\1", False),
        (b"\0\0\0\1\0", False),
        (b"\0\1\0\3\2h2", True),
        (b"\0\1\0\3\3h2", False),
        (b"\0\2\0\0", True),
        (b"\0\2\0\1\0", False),
        (b"\0\4\0\0", False),
        (b"\0\6\0\x10" + bytes(16), True),
        (b"\0\6\0\x10" + bytes(10) + b"\xff\xff" + bytes(4), False),
        (b"\x12\x34\0\1x", True),
        (b"\xff\xff\0\0", False),
        (b"\0\3\0\5\0", False),
        (b"\0\3\0", False),
    ],
)
def test_service_parameters_are_in_order_and_of_the_right_form(parameters, is_readable):
    for rtype in ("SVCB", "HTTPS"):
        try:
            parse_query(asked_with(rtype, b"\0\1\0" + parameters))
            assert is_readable
        except Malformed:
            assert not is_readable


@given(rtype=st.sampled_from(sorted(codes.TYPE_TEXT)), rdata=st.binary(max_size=60), before=st.binary(max_size=20))
def test_whatever_stands_there_it_is_readable_or_not(rtype, rdata, before):
    try:
        check_rdata(before + rdata + b"\0" * 20, rtype, len(before), len(before) + len(rdata))
    except Unreadable:
        assert rdata
