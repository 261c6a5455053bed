"""Replies to bytes: header, question, records, the OPT record, within the size that the client takes.

An answer is joined from the records' stored bytes, owners that end the question as pointers into it. Only if that is
too long, names are compressed thoroughly and records left out (see `truncate`). RFC 1035 4.1.4, RFC 2181 9, RFC 6891.
"""

from collections.abc import Iterator
from typing import Final

from clusterdns.dns import codes
from clusterdns.dns.addresses import Addresses
from clusterdns.dns.edns import Opt
from clusterdns.dns.query import HEADER, HEADER_SIZE, OPCODE, STREAM_SIZE, UDP, Query
from clusterdns.dns.rdata import names_in
from clusterdns.dns.record import Record
from clusterdns.dns.reply import Reply
from clusterdns.dns.truncate import POINTABLE, fits, truncate
from clusterdns.dns.wire import QUESTION_POINTER

_SIGNATURE_SIZE: Final = 1024  # octets that a TSIG record may take, generously
_UNFRAGMENTED_V4: Final = 1480  # octets of the largest reply over UDP that CoreDNS does not compress
_UNFRAGMENTED_V6: Final = 1220  # the same to IPv6 clients


def encode_reply(query: Query, reply: Reply) -> bytes:
    """The whole message, at most `query.size` octets. TC is set when records had to be left out.

    A signed message may be longer: nothing is left out of it (miekg/dns).
    """
    size = _size(query, reply)
    opt = reply_opt(query, reply)
    tail = opt.encode() if opt else b""
    message = join(query.id, _bits(query, reply), query.question, reply, tail)
    if not fits(reply, len(message), size):
        message = _compress(query, truncate(query, reply, size - len(tail)), tail)
    elif len(message) > _UNFRAGMENTED_V6 and len(message) > _unfragmented(query):
        message = _compress(query, reply, tail)
    return message if reply.signer is None else reply.signer.sign(message)


def _size(query: Query, reply: Reply) -> int:
    return query.size if reply.signer is None else STREAM_SIZE - _SIGNATURE_SIZE


def _unfragmented(query: Query) -> int:
    """Octets of the largest reply that CoreDNS does not compress."""
    if query.transport != UDP:
        return STREAM_SIZE
    return _UNFRAGMENTED_V6 if ":" in query.client[0] else _UNFRAGMENTED_V4


def cut_to_size(query: Query, reply: Reply) -> Reply:
    """The reply with those of its records that its message would have."""
    opt = reply_opt(query, reply)
    limit = _size(query, reply) - (len(opt.encode()) if opt else 0)
    length = HEADER_SIZE + len(query.question) + reply.size
    return reply if fits(reply, length, limit) else truncate(query, reply, limit)


def encode_transfer(query: Query, reply: Reply) -> Iterator[bytes]:
    """The messages of a zone transfer (RFC 5936 2.2): each has the question and the next of the reply's batches."""
    opt = reply_opt(query, reply)
    tail = opt.encode() if opt else b""
    for records in reply.transfer or ():
        part = reply.copy()
        part.answer = records
        message = join(query.id, _bits(query, part), query.question, part, tail)
        yield message if reply.signer is None else reply.signer.sign(message)


def reply_opt(query: Query, reply: Reply) -> Opt | None:
    """The reply's OPT record: the client's size and flags; own options, else the client's that are echoed.

    A reply may bring an OPT record of its own, from an upstream; a client that sent none gets it as it is.
    """
    asked, own = query.opt, reply.opt
    high = reply.rcode >> 4
    if asked is None:
        return own and Opt(own.size, own.flags, own.options, own.version, high)
    if own is not None:
        return Opt(asked.size, own.flags & 0xFF00 | asked.flags & codes.DO, own.options, 0, high)
    options = asked.options
    if options:
        echoed = query.server.echoed
        options = tuple([option for option in options if option[0] in echoed])
    return Opt(asked.size, asked.flags & 0xFF00, options, 0, high)


def _header(ident: int, bits: int, reply: Reply, opt: bytes) -> bytes:
    # More than 65,535 records never fit, but they are joined before that is seen.
    answers, authorities, additionals = reply.counts
    return HEADER.pack(ident, bits, 1, answers & 0xFFFF, authorities & 0xFFFF, additionals + bool(opt) & 0xFFFF)


def _bits(query: Query, reply: Reply) -> int:
    return codes.QR | query.flags & OPCODE | reply.flags | reply.rcode & 0xF


def join(ident: int, bits: int, question: bytes, reply: Reply, opt: bytes = b"") -> bytes:
    """A message of the reply's records with no more compression than owners that point into the question."""
    if isinstance(reply, Addresses) and reply.is_all(question):
        return HEADER.pack(ident, bits, 1, reply.count, 0, bool(opt)) + question + reply.sealed + opt
    return b"".join([_header(ident, bits, reply, opt), question, *pieces_of(question[:-4], reply.records), opt])


def pieces_of(asked: bytes, records: list[Record]) -> list[bytes]:
    """What such a message has of each record; `asked` is the name in the question."""
    return [
        (QUESTION_POINTER if record.owner == asked else _point(asked, record.owner)) + record.tail for record in records
    ]


def _point(asked: bytes, owner: bytes) -> bytes:
    """A pointer to where the question ends in `owner`, or the owner itself."""
    at = len(asked) - len(owner)
    if at > 0 and len(owner) > 2 and asked.endswith(owner):
        border = 0
        while border < at:
            border += 1 + asked[border]
        if border == at:
            return (0xC000 | HEADER_SIZE + at).to_bytes(2, "big")
    return owner


def _compress(query: Query, reply: Reply, opt: bytes) -> bytes:
    """The message with every name compressed that may be."""
    out = bytearray(_header(query.id, _bits(query, reply), reply, opt))
    offsets: dict[bytes, int] = {}
    _write_name(out, query.asked, offsets, compress=True)
    out += query.question[-4:]
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
        if len(out) < POINTABLE:
            offsets[suffix] = len(out)
        out += name[at : at + 1 + name[at]]
        at += 1 + name[at]
    out.append(0)
