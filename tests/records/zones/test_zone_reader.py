import re

import dns.zone
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusterdns.dns import codes
from clusterdns.dns.names import parse_name
from clusterdns.dns.text import record_text
from clusterdns.records.zones.reader import ZoneFileError, parse_record, parse_records, read_zone

ORIGIN = parse_name("example.org.")


def lines(text, file="db", **others):
    """The records of a zone file as text; `others` are the files that it may include, by path."""
    return [record_text(record) for record in parse_records(text.encode(), file, ORIGIN, reader(others))]


def reader(files):
    def read(path):
        if path not in files:
            raise FileNotFoundError(2, "No such file or directory", path)
        return files[path].encode()

    return read


def test_what_is_left_out_is_that_of_the_record_before():
    assert lines(
        "$TTL 30M\n@ SOA ns h 1 4H 1H 7D 4H\n  NS ns\nns 10 IN A 192.0.2.1\n   IN 20 A 192.0.2.2\n   A 192.0.2.3"
    ) == [
        "example.org. 1800 IN SOA ns.example.org. h.example.org. 1 14400 3600 604800 14400",
        "example.org. 1800 IN NS ns.example.org.",
        "ns.example.org. 10 IN A 192.0.2.1",
        "ns.example.org. 20 IN A 192.0.2.2",
        "ns.example.org. 1800 IN A 192.0.2.3",
    ]


def test_without_a_ttl_directive_the_last_ttl_given_holds_on():
    assert lines("a 60 A 192.0.2.1\nb A 192.0.2.2\nc 5 A 192.0.2.3\nd A 192.0.2.4") == [
        "a.example.org. 60 IN A 192.0.2.1",
        "b.example.org. 60 IN A 192.0.2.2",
        "c.example.org. 5 IN A 192.0.2.3",
        "d.example.org. 5 IN A 192.0.2.4",
    ]


def test_a_record_with_class_and_no_ttl_anywhere_has_ttl_0_as_in_coredns():
    assert lines("a IN A 192.0.2.1") == ["a.example.org. 0 IN A 192.0.2.1"]


def test_the_origin_can_change_on_the_way():
    assert lines("$TTL 5\n$ORIGIN sub\n@ A 192.0.2.1\n$ORIGIN other.test.\nwww CNAME @") == [
        "sub.example.org. 5 IN A 192.0.2.1",
        "www.other.test. 5 IN CNAME other.test.",
    ]


def test_parentheses_comments_and_quotes_stand_as_in_other_zone_files():
    text = '$TTL 5 ; five\n; nothing\n\n   \na TXT ( "one; two" ; a comment\n  three ) ; the end\nb TXT "a ( b"'
    assert lines(text) == ['a.example.org. 5 IN TXT "one; two" "three"', 'b.example.org. 5 IN TXT "a ( b"']


def test_octets_are_kept_however_they_are_written():
    text = "$TTL 5\nhas\\.dot A 192.0.2.1\nhas\\046dot A 192.0.2.2\nmü TXT mü"
    assert lines(text) == [
        "has\\.dot.example.org. 5 IN A 192.0.2.1",
        "has\\.dot.example.org. 5 IN A 192.0.2.2",
        'm\\195\\188.example.org. 5 IN TXT "m\\195\\188"',
    ]


def test_a_long_string_becomes_several_as_a_dkim_key_needs_it():
    (line,) = lines(f'k 5 TXT "{"a" * 300}"')
    assert line == f'k.example.org. 5 IN TXT "{"a" * 255}" "{"a" * 45}"'


def test_types_without_a_name_are_written_as_octets():
    assert lines("a 5 TYPE65280 \\# 2 abcd\nb 5 A \\# 4 c0000201") == [
        "a.example.org. 5 IN TYPE65280 \\# 2 abcd",
        "b.example.org. 5 IN A 192.0.2.1",
    ]


def test_another_file_is_included_beside_the_first_and_leaves_no_trace():
    main = "$TTL 5\n$INCLUDE hosts.db sub\n$INCLUDE deep/more.db\n@ A 192.0.2.9"
    others = {"zones/hosts.db": "$TTL 7\nwww A 192.0.2.1", "zones/deep/more.db": "more A 192.0.2.2"}
    assert lines(main, file="zones/db", **others) == [
        "www.sub.example.org. 7 IN A 192.0.2.1",
        "more.example.org. 5 IN A 192.0.2.2",
        "example.org. 5 IN A 192.0.2.9",
    ]


def test_a_file_that_includes_itself_is_refused():
    with pytest.raises(ZoneFileError, match=r"^db:2: \$INCLUDE db: more than 7 files one in the other"):
        lines("$TTL 5\n$INCLUDE db", db="$TTL 5\n$INCLUDE db")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("$GENERATE 1-3 host$ A 192.0.2.$", [f"host{i}.example.org. 3600 IN A 192.0.2.{i}" for i in (1, 2, 3)]),
        (
            "$GENERATE 0-4/2 h${10,3,x} 60 IN TXT $ x",
            [f'h{i + 10:03x}.example.org. 60 IN TXT "{i}" "x"' for i in (0, 2, 4)],
        ),
        ("$GENERATE 1-1 a$$-\\$ 5 CNAME b${-1}", ["a$-$.example.org. 5 IN CNAME b0.example.org."]),
        ('$GENERATE 7-7 a 5 TXT "$ $"', ['a.example.org. 5 IN TXT "7 7"']),
    ],
)
def test_one_line_can_stand_for_many(line, expected):
    assert lines(line) == expected


@pytest.mark.parametrize(
    ("data", "read"),
    [
        ("HINFO PC Linux 6.12 (x86)", 'HINFO "PC" "Linux 6.12 x86"'),
        ("HINFO 'PC Linux'", 'HINFO "PC" "Linux"'),
        ("HINFO PC", 'HINFO "PC" ""'),
        ("DS 7 RSASHA256 2 ab CD", "DS \\# 6 00070802abcd"),
        ("CDS 0 0 0 00", "CDS 0 0 0 00"),
        ("TLSA 3 1 1 abcd", "TLSA \\# 5 030101abcd"),
        ("SSHFP 1 1 abcd", "SSHFP \\# 4 0101abcd"),
        ("ZONEMD 1 1 1 ab", "ZONEMD \\# 7 000000010101ab"),
        (
            "MINFO admin errors",
            "MINFO \\# 39 0561646d696e076578616d706c65036f726700066572726f7273076578616d706c65036f726700",
        ),
        ("MB @", "MB \\# 13 076578616d706c65036f726700"),
    ],
)
def test_data_is_taken_in_every_form_that_coredns_takes(data, read):
    assert lines("a 5 " + data.replace("'", '"')) == [f"a.example.org. 5 IN {read}"]


def test_the_form_of_data_is_that_of_its_type_whatever_the_class():
    (record,) = parse_records(b"a 5 CH A 192.0.2.1", "db", ORIGIN, reader({}))
    assert (record.rclass, record.rdata) == (codes.CH, bytes([192, 0, 2, 1]))


# A record by itself.


def test_a_record_can_stand_alone_with_full_names():
    assert record_text(parse_record("web.example. 1h30m IN CNAME ( www.example. )")) == (
        "web.example. 5400 IN CNAME www.example."
    )
    assert parse_record("web.example. IN A 192.0.2.1").ttl == 3600
    assert parse_record("web.example. A 192.0.2.1", default_ttl=5).ttl == 5
    assert parse_record("a.example. 5 NSEC3PARAM 1 0 1 ab").rtype == codes.NSEC3PARAM


@pytest.mark.parametrize("text", ["", "; nothing", "$TTL 5", "$INCLUDE db", "  5 A 192.0.2.1", "web.example. 5"])
def test_text_that_is_no_record_is_told_of(text):
    with pytest.raises(ValueError, match=re.escape(f"'{text}'")):
        parse_record(text)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("\n\na A 192.0.2.1", "db:3: no TTL here and none before"),
        ("$TTL 5\na A 192.0.2", "db:2: A data from '192.0.2' on"),
        ("$TTL 5\na A 192.0.2.1 192.0.2.2", "db:2: A data"),
        ("$TTL 5\na", "db:2: a record type is missing"),
        ("$TTL 5\na IN\nb A 192.0.2.1", "db:2: a record type is missing"),
        ("$TTL 5\na IN AB 192.0.2.1", "db:2: 'AB' is not a TTL, class or record type"),
        ("a 5 6 A 192.0.2.1", "db:1: '6' is not a record type"),
        ("a 5 IN IN A 192.0.2.1", "db:1: 'IN' is not a record type"),
        ("  5 A 192.0.2.1", "db:1: a record without owner"),
        ("a..b 5 A 192.0.2.1", "db:1: owner 'a..b'"),
        (f"{'a' * 64} 5 A 192.0.2.1", "db:1: owner 'aaa"),
        ('"a" 5 A 192.0.2.1', "db:1: owner"),
        ("$TTL soon", "db:1: 'soon' is not a TTL"),
        ("$TTL 99999999999", "db:1: '99999999999' is not a TTL"),
        ("$TTL", "db:1: \\$TTL needs a value"),
        ("$TTL 5 6", "db:1: "),
        ("$ORIGIN a..b", "db:1: "),
        ("$TTL 5\n@ SOA a b (\n1 2 3\n4 5", "db:2: SOA data from 'a' on"),
        ("a 5 A 192.0.2.1 )", "db:1: "),
        ('a 5 TXT "x\n"', "db:1: newline in quoted string"),
        ("a 5 TXT", "db:1: TXT data is missing"),
        ("a 5 TXT \\300", "db:1: "),
        (f"a 5 TXT {'x' * 64_000}", "db:1: data of 64251 octets, more than a message can carry"),
        ("a 5 NSEC3PARAM 1 0 1 ab", "db:1: NSEC3PARAM records are not supported"),
        ("$INCLUDE gone.db", "db:1: \\$INCLUDE gone.db: No such file"),
        ("$GENERATE 3-1 a A 192.0.2.$", "db:1: \\$GENERATE: range '3-1'"),
        ("$GENERATE 1-9999999 a A 192.0.2.$", "db:1: \\$GENERATE: range"),
        ("$GENERATE x a A 192.0.2.$", "db:1: \\$GENERATE: 'x' is not a range"),
        ("$GENERATE 1-2 a${x} A 192.0.2.$", "db:1: \\$GENERATE: '\\${x}' is not a modifier"),
        ("$GENERATE 1-2 a${-5} A 192.0.2.$", "db:1: \\$GENERATE: the offset"),
        ("\n$GENERATE 250-260 a A 192.0.2.$", "db:2: A data from '192.0.2.256' on"),
        ("$GENERATE 1-2 $GENERATE 1-2 a A 192.0.2.$", "db:1: "),
    ],
)
def test_what_is_wrong_is_told_with_file_and_line(text, problem):
    with pytest.raises(ZoneFileError, match=f"^{problem}"):
        lines(text)


def test_a_problem_in_an_included_file_names_that_file():
    with pytest.raises(ZoneFileError, match=r"^zones/hosts.db:2: A data"):
        lines("$TTL 5\n$INCLUDE hosts.db", file="zones/db", **{"zones/hosts.db": "\na A x"})


def test_a_zone_needs_a_soa():
    with pytest.raises(ZoneFileError, match=r"^db:1: no SOA record"):
        read_zone("db", ORIGIN, reader({"db": "a 5 A 192.0.2.1"}))


def test_a_zone_whose_serial_is_known_is_not_read_any_further():
    text = {"db": "@ 5 SOA ns h 7 1 1 1 1\nbroken"}
    assert read_zone("db", ORIGIN, reader(text), unless_serial=7) is None
    with pytest.raises(ZoneFileError, match=r"^db:2: "):
        read_zone("db", ORIGIN, reader(text), unless_serial=6)


def test_a_zone_is_read_as_dnspython_reads_it():
    text = """$TTL 1h
@ SOA ns host ( 1 2h 30m 1w 5m )
  NS ns
  MX 10 mail
ns A 192.0.2.1
   AAAA 2001:db8::1
mail 60 A 192.0.2.2
_sip._tcp SRV 0 5 5060 sip
www CNAME @
txt TXT "v=spf1 a mx ~all" second
caa CAA 0 issue "ca.example.net"
svc HTTPS 1 . alpn=h2,h3 ipv4hint=192.0.2.3
naptr NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:info@example.org!" .
sub NS ns.sub
ns.sub A 192.0.2.4
*.wild A 192.0.2.5
"""
    other = dns.zone.from_text(text, "example.org.", relativize=False)
    expected = {f"{name} {ttl} IN {data.rdtype.name} {data.to_text()}" for name, ttl, data in other.iterate_rdatas()}
    assert set(lines(text)) == expected


WORDS = (
    "@ a b.c *.w example.org. $TTL $ORIGIN $INCLUDE $GENERATE 1-3 5 1h IN CH ANY A AAAA NS SOA MX TXT SRV CNAME RRSIG "
    "NSEC LOC CAA SVCB HTTPS APL HIP OPT TSIG AXFR TYPE1 TYPE65535 \\# 192.0.2.1 2001:db8::1 ns host 1 2 3 ( ) ; "
    '"x" "" " \\ \\. \\065 \\999 $ ${1,2,x} db gone.db key=value ÿ'
)
BLANKS = st.sampled_from([" ", " ", " ", "\t", "\n", "\n ", "\r\n", ""])
ZONE_FILES = st.lists(st.tuples(st.sampled_from(WORDS.split(" ")), BLANKS), max_size=40).map(
    lambda pairs: "".join(map("".join, pairs)).encode()
)


def outcome_of(text):
    """Records, or the error that refuses them."""
    try:
        return list(parse_records(text, "db", ORIGIN, reader({"db": "a 5 A 192.0.2.1\nbroken"})))
    except ZoneFileError as error:
        return error


@settings(max_examples=150, deadline=None)
@given(ZONE_FILES | st.binary(max_size=200))
def test_any_zone_file_is_read_or_refused_with_file_and_line(text):
    outcome = outcome_of(text)
    if isinstance(outcome, ZoneFileError):
        assert outcome.file == "db"
        assert 1 <= outcome.line <= max(2, text.count(b"\n") + text.count(b"\r") + 1)
        assert str(outcome).startswith(f"db:{outcome.line}: ")
    else:
        assert all(record_text(record) for record in outcome)
