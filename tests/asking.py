"""Questions over real sockets. Every answer is read by dnspython and by dnslib, and both must read the same."""

from typing import Any

import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import dnslib

TIMEOUT = 5.0  # seconds


def ask(
    name: str,
    rdtype: str = "A",
    *,
    port: int,
    host: str = "127.0.0.1",
    tcp: bool = False,
    timeout: float = TIMEOUT,
    **query: Any,
) -> dns.message.Message:
    """The reply to one question; keywords are those of `dns.message.make_query`. Raises `dns.exception.Timeout`."""
    question = dns.message.make_query(name, rdtype, **query)
    by = dns.query.tcp if tcp else dns.query.udp
    return read_alike(by(question, host, port=port, timeout=timeout))


def read_alike(reply: dns.message.Message) -> dns.message.Message:
    """The reply again, once dnslib has read its bytes and written what it understood, to the same effect."""
    assert reply.wire is not None
    written_again = bytes(dnslib.DNSRecord.parse(reply.wire).pack())
    assert dns.message.from_wire(written_again).to_text() == reply.to_text()
    return reply


def records(reply: dns.message.Message, section: str = "answer") -> list[str]:
    """The records of a section as sorted lines of a zone file, without TTL and class."""
    return sorted(
        f"{rrset.name} {dns.rdatatype.to_text(rrset.rdtype)} {record}"
        for rrset in getattr(reply, section)
        for record in rrset
    )


def addresses(reply: dns.message.Message) -> list[str]:
    """The addresses in the answer, sorted as text."""
    return sorted(record.address for rrset in reply.answer for record in rrset if hasattr(record, "address"))


def rcode(reply: dns.message.Message) -> str:
    """The response code by its name, as in NXDOMAIN."""
    return dns.rcode.to_text(reply.rcode())
