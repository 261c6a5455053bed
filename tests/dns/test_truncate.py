"""A reply that is too long keeps the records that CoreDNS keeps.

The judge is CoreDNS's way of counting, written down once more in its own terms: names and data as text.
"""

import base64
import struct

import dns.message
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterdns.dns import codes
from clusterdns.dns.encode import encode_reply
from clusterdns.dns.names import ROOT, from_labels
from clusterdns.dns.query import UDP, parse_query
from clusterdns.dns.record import Record
from clusterdns.dns.reply import Reply
from clusterdns.dns.truncate import truncate

COMPRESSIBLE = {codes.NS, codes.CNAME, codes.PTR, codes.MX, codes.SOA}


def text_of(octets, special=b'"\\'):
    return "".join("\\" + chr(o) if o in special else chr(o) if 0x20 <= o <= 0x7E else f"\\{o:03d}" for o in octets)


def labels_of(name):
    at = 0
    while name[at]:
        yield text_of(name[at + 1 : at + 1 + name[at]], b".\"\\;@()' ")
        at += 1 + name[at]


class Count:
    """Octets so far, and the names that may be pointed at."""

    def __init__(self):
        self.length = 12
        self.names = set()

    def name(self, name, compress=True):
        if name == ROOT:
            self.length += 1
            return
        labels, start, at = list(labels_of(name)), self.length, 0
        for index in range(len(labels)):
            rest = ".".join(labels[index:])
            if rest in self.names:
                if compress:
                    self.length += len(b"".join(self.wire_labels(name)[:index])) + 2
                    return
                break
            if start + at < 16384:
                self.names.add(rest)
            at += len(labels[index]) + 1
        self.length += len(name)

    @staticmethod
    def wire_labels(name):
        out, at = [], 0
        while name[at]:
            out.append(name[at : at + 1 + name[at]])
            at += 1 + name[at]
        return out

    def record(self, record):
        self.name(record.owner)
        self.length += 10
        rdata = record.rdata
        compress = record.rtype in COMPRESSIBLE
        if record.rtype == codes.TXT:
            at = 0
            while at < len(rdata):
                self.length += 1 + len(text_of(rdata[at + 1 : at + 1 + rdata[at]]))
                at += 1 + rdata[at]
        elif record.rtype == codes.RRSIG:
            self.length += 18
            self.name(ROOT, compress=False)
            self.length += len(base64.b64encode(rdata[19:])) // 4 * 3
        elif record.rtype == codes.SRV:
            self.length += 6
            self.name(rdata[6:], compress=False)
        elif record.rtype == codes.CNAME:
            self.name(rdata, compress=compress)
        else:
            self.length += len(rdata)


def counted(query, reply, limit):
    """How many records of each section CoreDNS keeps."""
    count = Count()
    count.name(query.spelled)
    count.length += 4
    kept = []
    for section in (reply.answer, reply.authority, reply.additional):
        kept.append(0)
        for record in section if count.length < limit else ():
            count.record(record)
            if count.length <= limit:
                kept[-1] += 1
            if count.length >= limit:
                count.length = limit
                break
    return kept


octets = st.sampled_from([*b'ab.\\" ', 0, 200])
label = st.lists(octets, min_size=1, max_size=6).map(bytes)
name = st.lists(label, max_size=4).map(from_labels)
signature = st.binary(min_size=1, max_size=70).map(lambda key: bytes(18) + ROOT + key)
strings = st.lists(st.lists(octets, max_size=40).map(bytes), min_size=1, max_size=4).map(
    lambda several: b"".join(bytes([len(one)]) + one for one in several)
)
record = st.one_of(
    st.builds(Record, name, st.just(codes.A), st.just(5), st.just(b"\x0a\0\0\1")),
    st.builds(Record, name, st.just(codes.CNAME), st.just(5), name),
    st.builds(Record, name, st.just(codes.SRV), st.just(5), name.map(lambda target: b"\0\0\0\0\0\x50" + target)),
    st.builds(Record, name, st.just(codes.TXT), st.just(5), strings),
    st.builds(Record, name, st.just(codes.RRSIG), st.just(5), signature),
)
records = st.lists(record, max_size=20)


@given(name, records, records, records, st.integers(60, 1200))
def test_the_records_that_are_kept_are_those_that_coredns_keeps(asked, answer, authority, additional, limit):
    query = parse_query(struct.pack("!6H", 1, 0, 1, 0, 0, 0) + asked + b"\0\x01\0\x01")
    reply = Reply.to(query)
    reply.answer, reply.authority, reply.additional = answer, authority, additional
    kept = truncate(query, reply, limit)
    sections = [kept.answer, kept.authority, kept.additional]
    assert list(map(len, sections)) == counted(query, reply, limit)
    assert bool(kept.flags & codes.TC) == (len(kept.records) < len(reply.records))


@pytest.mark.parametrize("start", [b"a", b".", b"\xe9"], ids=["plain", "a dot", "other than ASCII"])
@pytest.mark.parametrize("limit", range(16_400, 33_000, 1500))
def test_names_beyond_the_reach_of_pointers_count_whole(start, limit):
    query = parse_query(dns.message.make_query("example", "A").to_wire())
    reply = Reply.to(query)
    owners = [from_labels([start * 20, b"%d" % (number // 2)]) for number in range(2000)]
    reply.answer = [Record(owner, codes.A, 5, b"\x0a\0\0\1") for owner in owners]
    assert [len(truncate(query, reply, limit).answer), 0, 0] == counted(query, reply, limit)


@pytest.mark.parametrize(
    ("octet", "fitting"), [(b"a", 3), (b'"', 2), (b"\xe9", 1)], ids=["plain", "quotes", "other than ASCII"]
)
def test_text_counts_as_it_is_printed(octet, fitting):
    query = parse_query(dns.message.make_query("a.example", "TXT").to_wire())
    query.transport = UDP
    query.client = ("192.0.2.7", 40212)
    reply = Reply.to(query)
    for count in (fitting, fitting + 1):
        reply.answer = [Record(query.spelled, codes.TXT, 5, b"\x6d" + octet * 109)] * count
        assert bool(encode_reply(query, reply)[2] & 2) == (count > fitting)
