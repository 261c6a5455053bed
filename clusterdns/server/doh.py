"""DNS queries in HTTP: which message a request carries, and which headers its reply has (RFC 8484).

Status codes and the lifetime for caches are CoreDNS's (its server_https.go and plugin/pkg/doh). Values in, values out:
knows no sockets, no version of HTTP, and of a message only its TTLs.
"""

import base64
import re
from typing import Final, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from clusterdns.dns import codes
from clusterdns.dns.query import HEADER, HEADER_SIZE, Malformed, parse_query
from clusterdns.dns.wire import read_name, read_records

PATH: Final = "/dns-query"
MEDIA_TYPE: Final = b"application/dns-message"
LARGEST_BODY: Final = 65_535
"""Octets; no message has more."""
LARGEST_HEAD: Final = 16_384
"""Octets of request line and headers."""

_BASE64: Final = re.compile(r"[A-Za-z0-9_-]*")
_LONGEST_LIFETIME: Final = 3600  # seconds
_SHORT_LIFETIME: Final = 5  # seconds, of replies that say nothing about a name

Headers = list[tuple[bytes, bytes]]


class Request(NamedTuple):
    """A whole request. `stream` tells those of one connection apart; `body` is None if it was too large to be read."""

    stream: int
    method: bytes
    target: bytes
    body: bytes | None


class Response(NamedTuple):
    """What goes back."""

    status: int
    headers: Headers
    body: bytes


class Refused(Exception):
    """A request without a query in it."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.response = failure(status, text)


def read_request(request: Request) -> bytes:
    """The message that a request carries.

    Raises `Refused`: 404 for another path, 400 for another method and for what is not a message in base64url (GET) or
    as it is (POST).
    """
    try:
        parts = urlsplit(request.target.decode("ascii"))
    except ValueError:
        raise Refused(400, "invalid request") from None
    if unquote(parts.path) != PATH:
        raise Refused(404, "")
    if request.method == b"POST" and request.body is not None:
        return request.body
    if request.method == b"GET":
        found = parse_qs(parts.query, keep_blank_values=True).get("dns", [])
        if len(found) == 1 and _BASE64.fullmatch(found[0]) and len(found[0]) % 4 != 1:
            return base64.urlsafe_b64decode(found[0] + "=" * (-len(found[0]) % 4))
    raise Refused(400, "invalid request")


def check_message(message: bytes) -> None:
    """Raises `Refused` for a message that is no query: where UDP gets a bare code or nothing, HTTP gets 400."""
    try:
        parse_query(message)
    except Malformed:
        raise Refused(400, "invalid request") from None


def success(message: bytes) -> Response:
    """The response with a DNS reply, and for how many seconds caches may keep it (RFC 8484 5.1)."""
    headers = [
        (b"content-type", MEDIA_TYPE),
        (b"cache-control", b"max-age=%d" % lifetime(message)),
        (b"content-length", b"%d" % len(message)),
    ]
    return Response(200, headers, message)


def failure(status: int, text: str) -> Response:
    """A response without a DNS reply."""
    body = text.encode() + b"\n"
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"x-content-type-options", b"nosniff"),
        (b"content-length", b"%d" % len(body)),
    ]
    return Response(status, headers, body)


def no_reply() -> Response:
    """What a client is told whose query gets no reply."""
    return failure(500, "No response")


def lifetime(message: bytes) -> int:
    """The smallest TTL of a reply in seconds, at most an hour.

    Five seconds for errors, referrals, transfers, and where there is no record (CoreDNS's MinimalTTLWithMaximum).
    """
    _, flags, questions, answers, authorities, additionals = HEADER.unpack_from(message)
    rcode, qtype, at = flags & 0xF, 0, HEADER_SIZE
    for _ in range(questions):
        _, at = read_name(message, at)
        qtype = int.from_bytes(message[at : at + 2], "big")
        at += 4
    records = [(rtype, ttl) for rtype, ttl, _ in read_records(message, at, answers + authorities + additionals)]
    ttls = [ttl for rtype, ttl in records if rtype != codes.OPT]
    authority = {rtype for rtype, _ in records[answers : answers + authorities]}
    refers = not answers and codes.NS in authority and codes.SOA not in authority
    odd = (
        rcode not in (codes.NOERROR, codes.NXDOMAIN)
        or (rcode == codes.NXDOMAIN and answers)
        or qtype in codes.TRANSFERS
    )
    if not ttls or odd or (refers and rcode == codes.NOERROR):
        return _SHORT_LIFETIME
    return min(*ttls, _LONGEST_LIFETIME)
