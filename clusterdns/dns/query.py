"""A query: what a client asked, read from the wire once and then passed down the chain.

The way in of everything that comes from strangers, so every length is checked and work is bounded. What is accepted,
answered FORMERR or dropped is what CoreDNS (the miekg/dns server) does. Knows no socket and no plugin.
"""

import struct
from typing import TYPE_CHECKING, Any, Final

from clusterdns.dns import codes
from clusterdns.dns.edns import Opt, parse_opt
from clusterdns.dns.layouts import check_rdata
from clusterdns.dns.names import Name
from clusterdns.dns.record import FIXED
from clusterdns.dns.tsig import Signature, parse_signature
from clusterdns.dns.wire import Unreadable, read_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from clusterdns.dns.reply import Asker

HEADER: Final = struct.Struct("!6H")
HEADER_SIZE: Final = HEADER.size  # octets; as an attribute it is slow to look up
_PAIR: Final = struct.Struct("!HH")
_COUNTS: Final = slice(4, 12)  # where a header has the numbers of records
_RECORDS: Final = struct.Struct("!3H")  # those behind the question
_ONE_QUESTION: Final = b"\0\1\0\0\0\0\0\0"
_USUAL_COUNTS: Final = frozenset((_ONE_QUESTION, b"\0\1\0\0\0\0\0\1"))

OPCODE: Final = 0x7800  # where the opcode stands among the flags
_UNUSUAL: Final = codes.QR | OPCODE
_KEPT: Final = codes.TC | codes.RD | codes.RA | codes.AD | codes.CD  # flags that a FORMERR gives back

UDP: Final = "udp"
TCP: Final = "tcp"
UDP_SIZE: Final = 512  # octets that every client takes (RFC 1035 4.2.1)
STREAM_SIZE: Final = 65535

Address = tuple[str, int]


class Query:
    """One question with all that an answer may depend on.

    `name` is lower case, `spelled` is the name as asked. These, type, class and `opt` may be rewritten on the way: then
    they are what plugins below are asked and what is told of the query afterwards, while `question` stays what the
    reply repeats. `received` is the clock's reading in seconds when the query came in. `depth` counts how often the
    server has asked itself on behalf of this query.
    """

    __slots__ = (
        "as_of", "client", "counts", "current", "depth", "flags", "id", "length", "local", "metadata", "name", "opt",
        "qclass", "qtype", "question", "received", "serial", "server", "signature", "sized_counts", "spelled", "tells",
        "transport", "view", "wire",
    )  # fmt: skip

    wire: bytes  # the request without what follows its last record
    id: int
    flags: int
    name: Name
    spelled: bytes
    qtype: int
    qclass: int
    question: bytes  # section of the reply: spelled name, type and class as they came
    current: bytes  # the same of the name, type and class that are asked for now
    opt: Opt | None
    length: int  # octets of the request
    serial: int | None  # of the SOA in the authority section (IXFR, RFC 1995)
    signature: Signature | None  # that ends the query
    transport: str
    client: Address
    local: Address
    received: float
    server: "Asker"
    depth: int
    view: str
    metadata: dict[str, Any] | None
    as_of: int  # the revision of the cluster's names that the reply shall know nothing of; 0 is for a reply as of now
    counts: "list[Callable[[int], None]]"  # shared by all copies; each counts so many more replies of the same
    sized_counts: "list[Callable[[int, int, int], None]]"  # shared as well
    tells: "list[Callable[[bytes, Address, float], None]]"  # shared as well

    @property
    def asked(self) -> bytes:
        """The name in the question that the reply repeats."""
        return self.question[:-4]

    @property
    def do(self) -> bool:
        """Did the client set DNSSEC OK?"""
        return self.opt is not None and self.opt.do

    @property
    def size(self) -> int:
        """The largest reply in octets that the client takes over this transport (RFC 6891 6.2.3)."""
        if self.transport != UDP:
            return STREAM_SIZE
        return UDP_SIZE if self.opt is None else max(UDP_SIZE, self.opt.size)

    @property
    def opcode(self) -> int:
        """`codes.QUERY` or `codes.NOTIFY`: queries with others are refused before they are one."""
        return self.flags >> 11 & 0xF

    def also_count(self, count: "Callable[[int], None]") -> None:
        """Has `count` called with a number whenever so many replies of the same were given without the chain."""
        self.counts.append(count)

    def also_count_sizes(self, count: "Callable[[int, int, int], None]") -> None:
        """As `also_count`; `count` is also told by how many octets those queries, and those replies, are longer."""
        self.sized_counts.append(count)

    def also_tell(self, tell: "Callable[[bytes, Address, float], None]") -> None:
        """Has `tell` called for each reply that is given again: with the query's octets, its client, and the seconds
        that it took.
        """
        self.tells.append(tell)

    def copy(self) -> "Query":
        """Another query of the same content, to change without changing this one."""
        other = Query()
        for slot in Query.__slots__:
            setattr(other, slot, getattr(self, slot))
        return other

    def with_question(self, spelled: bytes, qtype: int) -> "Query":
        """The same client asks something else, of class IN: what the server asks itself."""
        other = self.copy()
        other.rename(spelled)
        other.retype(qtype, codes.IN)
        other.question = other.current
        return other

    def rename(self, spelled: bytes) -> None:
        """From here on another name is asked for."""
        self.length += len(spelled) - len(self.spelled)
        self.spelled = spelled
        self.name = spelled.lower()
        self.current = spelled + self.current[-_PAIR.size :]

    def retype(self, qtype: int, qclass: int) -> None:
        """From here on records of another type or class are asked for."""
        self.qtype = qtype
        self.qclass = qclass
        self.current = self.spelled + _PAIR.pack(qtype, qclass)

    def replace_opt(self, opt: Opt) -> None:
        """From here on the query has this OPT record."""
        self.length += len(opt.encode()) - (len(self.opt.encode()) if self.opt is not None else 0)
        self.opt = opt


class Malformed(Exception):
    """A packet that no plugin shall see. `reply` is what goes back, None when nothing does."""

    def __init__(self, reply: bytes | None) -> None:
        super().__init__("malformed query")
        self.reply = reply


def parse_query(wire: bytes) -> Query:
    """Reads a packet as a query.

    Raises `Malformed` with the bytes of the reply: none for fewer than 12 octets and for responses, NOTIMP for opcodes
    other than QUERY and NOTIFY, FORMERR for wrong counts and for what can't be read, SERVFAIL without a question.
    """
    if len(wire) < HEADER_SIZE:
        raise Malformed(None)
    ident, flags = _PAIR.unpack_from(wire)
    counts = wire[_COUNTS]
    if flags & _UNUSUAL or counts not in _USUAL_COUNTS:
        _check_header(wire)
    query = Query()
    query.wire = wire
    query.id = ident
    query.flags = flags
    query.serial = None
    query.signature = None
    query.opt = None
    query.depth = 0
    query.view = ""
    query.metadata = None
    query.as_of = 0
    query.counts = []
    query.sized_counts = []
    query.tells = []
    try:
        spelled, at = read_name(wire, HEADER_SIZE)
        kind = wire[at : at + _PAIR.size]
        at += len(kind)
        if len(kind) < _PAIR.size:
            kind = _complete(kind)
    except Unreadable:
        raise Malformed(_no_question(wire)) from None
    query.spelled = spelled
    query.name = spelled.lower()
    query.qtype, query.qclass = _PAIR.unpack(kind)
    query.question = query.current = spelled + kind
    if counts != _ONE_QUESTION:
        reader = _Reader(wire, at)
        try:
            reader.records(query, *_RECORDS.unpack(counts[2:]))
        except Unreadable:
            reply = _refusal(ident, flags & _KEPT, codes.FORMERR, 1)
            raise Malformed(reply + query.question) from None
        at = reader.at
    query.length = at
    if at < len(wire):
        query.wire = wire[:at]
    return query


def _check_header(wire: bytes) -> None:
    """Raises `Malformed` for what can be told by the header alone."""
    ident, flags, questions, answers, authorities, additionals = HEADER.unpack_from(wire)
    if flags & codes.QR:
        raise Malformed(None)
    if flags >> 11 & 0xF not in (codes.QUERY, codes.NOTIFY):
        raise Malformed(_refusal(ident, flags & (_KEPT | OPCODE), codes.NOTIMP))
    if questions != 1 or answers > 1 or authorities > 1 or additionals > 2:
        raise Malformed(_refusal(ident, flags & _KEPT, codes.FORMERR))


def _no_question(wire: bytes) -> bytes:
    """The reply where the question can't be read, or is missing."""
    ident, flags = _PAIR.unpack_from(wire)
    if len(wire) > HEADER_SIZE:
        return _refusal(ident, flags & _KEPT, codes.FORMERR)
    return _refusal(ident, flags & OPCODE or flags & (codes.RD | codes.CD), codes.SERVFAIL)


def _complete(kind: bytes) -> bytes:
    """Type and class where the query ends within them; each that is missing whole counts as 0."""
    if len(kind) % 2:
        raise Unreadable
    return kind.ljust(_PAIR.size, b"\0")


def _refusal(ident: int, flags: int, rcode: int, questions: int = 0) -> bytes:
    """The header of a reply that the server gives before any plugin."""
    return HEADER.pack(ident, flags | codes.QR | rcode, questions, 0, 0, 0)


class _Reader:
    """Reads the sections behind the question, one after the other; `at` is where the next begins."""

    def __init__(self, wire: bytes, at: int) -> None:
        self.wire = wire
        self.at = at

    def records(self, query: Query, answers: int, authorities: int, additionals: int) -> None:
        """The other sections, of which only an OPT and a SOA's serial matter. Counts may promise too much."""
        for section, count in enumerate((answers, authorities, additionals)):
            for _ in range(count):
                if self.at == len(self.wire):
                    break
                self.record(query, section)

    def record(self, query: Query, section: int) -> None:
        begin = self.at
        _, self.at = read_name(self.wire, begin)
        if self.at + FIXED.size > len(self.wire):
            raise Unreadable
        rtype, rclass, ttl, length = FIXED.unpack_from(self.wire, self.at)
        start = self.at + FIXED.size
        self.at = start + length
        if self.at > len(self.wire):
            raise Unreadable
        if rtype == codes.OPT:
            opt = parse_opt(rclass, ttl, self.wire[start : self.at])
            if opt is None:
                raise Unreadable
            if section == 2:
                query.opt = opt
        else:
            check_rdata(self.wire, rtype, start, self.at)
            if rtype == codes.SOA and section == 1:
                query.serial = self.serial(start)
        query.signature = parse_signature(self.wire, begin, self.at) if rtype == codes.TSIG and section == 2 else None

    def serial(self, at: int) -> int:
        """That of a SOA record, whose data may end before it."""
        for _ in range(2):  # names
            if at < self.at:
                _, at = read_name(self.wire, at)
        return int.from_bytes(self.wire[at : self.at][:4], "big")
