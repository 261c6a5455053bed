"""What goes to an upstream and what comes back: a query to bytes, bytes to a reply.

An upstream is a stranger too: a reply counts only if it repeats the question, every length is checked, and the work is
bounded by the length of the message. Record data without names is taken as it is. Knows no sockets.
"""

from typing import Final

from clusterdns.dns import codes
from clusterdns.dns.addresses import read_addresses
from clusterdns.dns.edns import parse_opt
from clusterdns.dns.names import ROOT
from clusterdns.dns.query import HEADER, HEADER_SIZE, Query
from clusterdns.dns.rdata import ADDRESS_SIZES, HAS_NAMES, expand_names
from clusterdns.dns.record import FIXED, Record
from clusterdns.dns.reply import Reply
from clusterdns.dns.wire import QUESTION_POINTER, Overrun, Unreadable, read_name

_ONE_QUESTION: Final = b"\0\1\0\0\0\0\0\0"  # counts of a header
_FLAGS: Final = 0x07F0  # all of a reply's header but QR, opcode and response code


class NotAsked(Exception):
    """A message is not the reply to the question."""


def encode_query(query: Query) -> bytes:
    """The query as it is sent on, without the ID that begins it: flags, question and EDNS as the client sent them."""
    if query.opt is None and query.serial is None:
        return query.flags.to_bytes(2, "big") + _ONE_QUESTION + query.current
    opt = query.opt.encode() if query.opt is not None else b""
    known = b"" if query.serial is None else _known_serial(query)
    header = HEADER.pack(0, query.flags, 1, 0, bool(known), bool(opt))
    return header[2:] + query.current + known + opt


def _known_serial(query: Query) -> bytes:
    """The SOA that tells which version of a zone the client has (RFC 1995 3)."""
    assert query.serial is not None
    rdata = ROOT + ROOT + query.serial.to_bytes(4, "big") + bytes(16)
    return query.spelled + Record(query.spelled, codes.SOA, 0, rdata).tail


def parse_reply(wire: bytes, question: bytes) -> Reply:
    """Reads the reply to a question, which is spelled name, type and class as `Query.current` has them.

    The case of the name does not matter (RFC 4343). Raises `NotAsked` for a message that is no reply or repeats
    another question, `Overrun` for one that ends too early, `Unreadable` for one that contradicts itself.
    """
    if len(wire) < HEADER_SIZE:
        raise Overrun("the message ends within its header")
    _, flags, questions, answers, authorities, additionals = HEADER.unpack_from(wire)
    end = HEADER_SIZE + len(question)
    asked = wire[HEADER_SIZE:end]
    if not flags & codes.QR or questions != 1 or not (asked == question or _same(asked, question)):
        raise NotAsked
    reply: Reply | None = None
    rcode, flags = flags & 0xF, flags & _FLAGS
    if answers and asked == question:
        sealed = read_addresses(wire, rcode, flags, answers, question)
        if sealed is not None:
            if not authorities and not additionals:
                return sealed
            reply, end = sealed, end + len(sealed.sealed)
    names = {HEADER_SIZE: asked[:-4]}  # by where they stand: most owners are pointers to one that was read
    if reply is None:
        reply = Reply(rcode, flags)
        reply.answer, end = _read_section(wire, end, answers, names)
    if authorities:
        reply.authority, end = _read_section(wire, end, authorities, names)
    if additionals:
        reply.additional, _ = _read_section(wire, end, additionals, names)
        _take_opt(reply)
    return reply


def cut_reply(wire: bytes) -> Reply:
    """A reply of which only the header can be used: empty, with TC set, so that the client asks again over TCP."""
    _, flags, *_ = HEADER.unpack_from(wire)
    return Reply(flags & 0xF, flags & _FLAGS | codes.TC)


def _same(asked: bytes, question: bytes) -> bool:
    return asked[-4:] == question[-4:] and asked[:-4].lower() == question[:-4].lower()


def _take_opt(reply: Reply) -> None:
    """Moves the OPT record out of the additional section (RFC 6891 6.1.1)."""
    opts = [record for record in reply.additional if record.rtype == codes.OPT]
    for record in opts:
        reply.opt = parse_opt(record.rclass, record.ttl, record.rdata)
        if reply.opt is None:
            raise Unreadable("a malformed OPT record")
        reply.rcode = reply.rcode & 0xF | reply.opt.rcode_high << 4
    if opts:
        reply.additional = [record for record in reply.additional if record.rtype != codes.OPT]


def _read_section(wire: bytes, at: int, count: int, names: dict[int, bytes]) -> tuple[list[Record], int]:
    """So many records, or as many as there are (counts may promise too much), and where they end."""
    records = []
    size = len(wire)
    for _ in range(count):
        if at == size:
            break
        if wire[at : at + 2] == QUESTION_POINTER:
            owner, at = names[HEADER_SIZE], at + 2
        else:
            owner, at = _read_owner(wire, at, names)
        start = at + FIXED.size
        if start > size:
            raise Overrun("the message ends within a record")
        rtype, rclass, ttl, length = FIXED.unpack_from(wire, at)
        end = start + length
        if end > size:
            raise Overrun("the message ends within record data")
        if length and rtype in HAS_NAMES:
            records.append(Record(owner, rtype, ttl, expand_names(rtype, wire, start, end), rclass))
        else:
            if length and length != ADDRESS_SIZES.get(rtype, length):
                raise Unreadable("an address of impossible length")
            records.append(Record(owner, rtype, ttl, wire[start:end], rclass, wire[at:end]))
        at = end
    return records, at


def _read_owner(wire: bytes, at: int, names: dict[int, bytes]) -> tuple[bytes, int]:
    """The name at a place, and where it ends."""
    if wire[at] < 192 or at + 2 > len(wire):
        return read_name(wire, at)
    target = (wire[at] & 0x3F) << 8 | wire[at + 1]
    known = names.get(target)
    if known is None:
        known, _ = read_name(wire, at)
        names[target] = known
    return known, at + 2
