"""A reply as dig prints it, section by section. Values in, text out."""

import time
from collections.abc import Iterator

import dnslib

from clusterdns import __version__
from clusterdns.cli.lookup import Reply

_FLAGS = ("qr", "aa", "tc", "rd", "ra", "ad", "cd")


def as_dig(reply: Reply, asked: str) -> str:
    """All of a reply; `asked` are the words of the command line."""
    return "\n".join(_lines(reply, asked)) + "\n"


def as_dig_short(reply: Reply) -> str:
    """The data of the answers, one a line, as of `dig +short`."""
    return "".join(f"{record.rdata.toZone()}\n" for record in reply.message.rr if record.rtype != dnslib.QTYPE.OPT)


def _lines(reply: Reply, asked: str) -> Iterator[str]:
    message = reply.message
    opts = [record for record in message.ar if record.rtype == dnslib.QTYPE.OPT]
    yield f"; <<>> clusterdns {__version__} <<>> {asked}"
    yield ";; Got answer:"
    yield from _header(message, opts)
    yield ""
    for opt in opts:
        yield ";; OPT PSEUDOSECTION:"
        yield f"; EDNS: version: {opt.edns_ver}, flags:{' do' if opt.edns_do else ''}; udp: {opt.edns_len}"
    if message.questions:
        yield ";; QUESTION SECTION:"
    for question in message.questions:
        yield f";{question.qname}\t\t{_text(dnslib.CLASS, question.qclass)}\t{_text(dnslib.QTYPE, question.qtype)}"
    yield ""
    for title, section in (("ANSWER", message.rr), ("AUTHORITY", message.auth), ("ADDITIONAL", message.ar)):
        records = [_record(record) for record in section if record.rtype != dnslib.QTYPE.OPT]
        if records:
            yield from (f";; {title} SECTION:", *records, "")
    yield f";; Query time: {reply.seconds * 1000:.0f} msec"
    yield f";; SERVER: {reply.address}#{reply.port}({reply.server}) ({reply.transport})"
    yield time.strftime(";; WHEN: %a %b %d %H:%M:%S %Z %Y")
    yield f";; MSG SIZE  rcvd: {reply.octets}"


def _header(message: dnslib.DNSRecord, opts: list[dnslib.RR]) -> Iterator[str]:
    header = message.header
    rcode = header.rcode | (opts[0].edns_rcode << 4 if opts else 0)
    flags = " ".join(flag for flag in _FLAGS if getattr(header, flag))
    counts = zip(
        ("QUERY", "ANSWER", "AUTHORITY", "ADDITIONAL"),
        map(len, (message.questions, message.rr, message.auth, message.ar)),
        strict=True,
    )
    status = dnslib.RCODE.forward.get(rcode, "BADVERS" if rcode == 16 else f"RESERVED{rcode}")
    opcode = dnslib.OPCODE.forward.get(header.opcode, f"RESERVED{header.opcode}")
    yield f";; ->>HEADER<<- opcode: {opcode}, status: {status}, id: {header.id}"
    yield f";; flags: {flags}; " + ", ".join(f"{name}: {count}" for name, count in counts)
    if header.rd and not header.ra:
        yield ";; WARNING: recursion requested but not available"


def _record(record: dnslib.RR) -> str:
    rclass, rtype = _text(dnslib.CLASS, record.rclass), _text(dnslib.QTYPE, record.rtype)
    return f"{record.rname}\t{record.ttl}\t{rclass}\t{rtype}\t{record.rdata.toZone()}"


def _text(names: dnslib.Bimap, number: int) -> str:
    prefix = "CLASS" if names is dnslib.CLASS else "TYPE"
    return str(names.forward.get(number, f"{prefix}{number}"))
