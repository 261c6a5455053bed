"""Replies to bytes: header, question, records, the OPT record, within the size that the client takes.

An answer first is joined from the records' stored bytes, owners that end the question as pointers into it. Only if
that is too long, names are compressed thoroughly and records left out, which is when CoreDNS truncates: `_budget`
counts octets as its library does (miekg/dns `Truncate`). RFC 1035 4.1.4, RFC 2181 9, RFC 6891.
"""

from typing import Final

from clusterdns.dns import codes
from clusterdns.dns.edns import ECHOED, Opt
from clusterdns.dns.query import HEADER, OPCODE, Query, encode_question
from clusterdns.dns.rdata import names_in
from clusterdns.dns.record import Record
from clusterdns.dns.reply import Reply

_POINTABLE: Final = 0x4000  # pointers reach 14 bits
_QUESTION_POINTER: Final = b"\xc0\x0c"


def encode_reply(query: Query, reply: Reply) -> bytes:
    """The whole message, at most `query.size` octets. TC is set when records had to be left out."""
    opt = reply_opt(query, reply)
    tail = opt.encode() if opt else b""
    limit = query.size
    message = _join(query, reply, tail)
    if len(message) <= limit:
        return message
    kept = _fit(query, reply, limit - len(tail))
    return _compress(query, kept, tail)


def reply_opt(query: Query, reply: Reply) -> Opt | None:
    """The reply's OPT record: the client's size and flags; own options, else the client's that are echoed."""
    asked = query.opt
    if asked is None:
        return reply.opt
    high = reply.rcode >> 4
    if reply.opt is not None:
        return Opt(asked.size, reply.opt.flags & 0x7F00 | asked.flags & codes.DO, reply.opt.options, 0, high)
    echoed = tuple([option for option in asked.options if option[0] in ECHOED]) if asked.options else ()
    return Opt(asked.size, asked.flags & 0xFF00, echoed, 0, high)


def _header(query: Query, reply: Reply, flags: int, counts: tuple[int, int, int]) -> bytes:
    bits = codes.QR | query.flags & OPCODE | flags | reply.rcode & 0xF
    return HEADER.pack(query.id, bits, 1, *counts)


def _join(query: Query, reply: Reply, opt: bytes) -> bytes:
    """The message with no more compression than owners that point into the question."""
    spelled = query.spelled
    counts = (len(reply.answer), len(reply.authority), len(reply.additional) + bool(opt))
    parts = [_header(query, reply, reply.flags, counts), encode_question(query)]
    for section in (reply.answer, reply.authority, reply.additional):
        for record in section:
            owner = record.owner
            parts.append(_QUESTION_POINTER if owner == spelled else _point(spelled, owner))
            parts.append(record.tail)
    parts.append(opt)
    return b"".join(parts)


def _point(spelled: bytes, owner: bytes) -> bytes:
    """A pointer to where the question ends in `owner`, or the owner itself."""
    at = len(spelled) - len(owner)
    if at > 0 and len(owner) > 2 and spelled.endswith(owner):
        border = 0
        while border < at:
            border += 1 + spelled[border]
        if border == at:
            return bytes([0xC0, 12 + at])
    return owner


def _fit(query: Query, reply: Reply, budget: int) -> Reply:
    """The reply with as many records as fit, section after section, TC set if any did not."""
    seen: set[bytes] = set()
    length = HEADER.size + _name_length(query.spelled, HEADER.size, seen, compress=True) + 4
    kept = reply.copy()
    kept.answer, length = _fill(reply.answer, length, budget, seen)
    kept.authority, length = _fill(reply.authority, length, budget, seen)
    kept.additional, length = _fill(reply.additional, length, budget, seen)
    if sum(map(len, (kept.answer, kept.authority, kept.additional))) < len(reply.records):
        kept.flags |= codes.TC
    return kept


def _fill(records: list[Record], length: int, budget: int, seen: set[bytes]) -> tuple[list[Record], int]:
    """The first records that fit and the length with them; a length of `budget` closes the sections that follow."""
    if length >= budget:
        return [], length
    for count, record in enumerate(records):
        length += _record_length(record, length, seen)
        if length > budget:
            return records[:count], budget
        if length == budget:
            return records[: count + 1], length
    return records, length


def _record_length(record: Record, at: int, seen: set[bytes]) -> int:
    length = _name_length(record.owner, at, seen, compress=True) + 10 + len(record.rdata)
    spans, compress = names_in(record.rtype, record.rdata)
    for start, end in spans:
        whole = end - start
        offset = at + length - (len(record.rdata) - start)
        length -= whole - _name_length(record.rdata[start:end], offset, seen, compress=compress)
    return length


def _name_length(name: bytes, at: int, seen: set[bytes], *, compress: bool) -> int:
    """Octets that a name takes at an offset; what may be pointed at later is remembered in `seen`."""
    if name == b"\0":
        return 1
    if not compress and at >= _POINTABLE:
        return len(name)
    border = 0
    while name[border]:
        suffix = name[border:]
        if suffix in seen:
            return border + 2 if compress else len(name)
        if at + border < _POINTABLE:
            seen.add(suffix)
        border += 1 + name[border]
    return len(name)


def _compress(query: Query, reply: Reply, opt: bytes) -> bytes:
    """The message with every name compressed that may be."""
    counts = (len(reply.answer), len(reply.authority), len(reply.additional) + bool(opt))
    out = bytearray(_header(query, reply, reply.flags, counts))
    offsets: dict[bytes, int] = {}
    _write_name(out, query.spelled, offsets, compress=True)
    out += encode_question(query)[len(query.spelled) :]
    for record in reply.records:
        _write_record(out, record, offsets)
    return bytes(out + opt)


def _write_record(out: bytearray, record: Record, offsets: dict[bytes, int]) -> None:
    _write_name(out, record.owner, offsets, compress=True)
    out += record.tail[:10]
    start_of_data, at = len(out), 0
    spans, compress = names_in(record.rtype, record.rdata)
    for start, end in spans:
        out += record.rdata[at:start]
        _write_name(out, record.rdata[start:end], offsets, compress=compress)
        at = end
    out += record.rdata[at:]
    length = len(out) - start_of_data
    out[start_of_data - 2 : start_of_data] = length.to_bytes(2, "big")


def _write_name(out: bytearray, name: bytes, offsets: dict[bytes, int], *, compress: bool) -> None:
    at = 0
    while name[at]:
        suffix = name[at:]
        known = offsets.get(suffix)
        if known is not None:
            out += (0xC000 | known).to_bytes(2, "big") if compress else suffix
            return
        if len(out) < _POINTABLE:
            offsets[suffix] = len(out)
        out += name[at : at + 1 + name[at]]
        at += 1 + name[at]
    out.append(0)


def encode_transfer(query: Query, reply: Reply) -> list[bytes]:
    """The messages of a zone transfer (RFC 5936 2.2): each has the question, the records fill them in order."""
    opt = reply_opt(query, reply)
    tail = opt.encode() if opt else b""
    messages = []
    for records in reply.transfer or ():
        part = reply.copy()
        part.answer = records
        messages.append(_compress(query, part, tail))
    return messages
