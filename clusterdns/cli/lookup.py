"""One question to one server, over UDP and, if the reply does not fit, over TCP.

Knows sockets and the time, and of a reply only whether it is one and complete. Reads with dnslib, which starts fast.
"""

import secrets
import socket
import time
from typing import Any, Final, NamedTuple

import dnslib

SECONDS: Final = 5.0  # for a reply
_RETRY: Final = 1.5  # seconds after which a question is repeated over UDP
_PAYLOAD: Final = 1232  # octets that we take over UDP (DNS flag day 2020)
_LARGEST: Final = 65_535

_Address = tuple[Any, ...]  # as the socket module has it


class NoReply(Exception):
    """No reply has come, and why: a sentence for the user."""


class Malformed(Exception):
    """What is no DNS message."""


class Reply(NamedTuple):
    """A reply, and how it came."""

    message: dnslib.DNSRecord
    octets: int
    seconds: float
    server: str
    address: str
    port: int
    transport: str


def ask(query: dnslib.DNSRecord, server: str, port: int, *, tcp: bool = False, edns: bool = True) -> Reply:
    """Asks a server by name or address. Raises `NoReply`."""
    query.header.id = secrets.randbelow(1 << 16)
    if edns:
        query.add_ar(dnslib.EDNS0(udp_len=_PAYLOAD))
    began = time.monotonic()
    try:
        address: _Address
        family, _, _, _, address = socket.getaddrinfo(server, port, type=socket.SOCK_DGRAM)[0]
        found = None if tcp else _over_udp(query, family, address, began + SECONDS)
        transport = "TCP" if found is None or found[0].header.tc else "UDP"
        if transport == "TCP":
            found = _over_tcp(query, family, address, began + SECONDS)
    except TimeoutError:
        raise NoReply(f"no reply from {server} port {port} within {SECONDS:.0f} seconds") from None
    except OSError as error:
        raise NoReply(f"{server} port {port}: {error.strerror or error}") from None
    except Malformed as error:
        raise NoReply(f"{server} port {port}: what came is no DNS reply ({error})") from None
    assert found is not None
    return Reply(*found, time.monotonic() - began, server, str(address[0]), port, transport)


def parse(wire: bytes) -> dnslib.DNSRecord:
    """A DNS message that can be printed. Raises an error with a sentence."""
    try:
        message = dnslib.DNSRecord.parse(wire)
        message.toZone()  # which looks into record data, as parsing does not
        return message
    except Exception as error:  # noqa: BLE001 - dnslib has many errors for what servers may send
        raise Malformed(str(error)) from None


def _over_udp(
    query: dnslib.DNSRecord, family: socket.AddressFamily, address: _Address, deadline: float
) -> tuple[dnslib.DNSRecord, int]:
    with socket.socket(family, socket.SOCK_DGRAM) as udp:
        udp.connect(address)
        while True:
            udp.send(query.pack())
            try:
                return _awaited(query, udp, min(deadline, time.monotonic() + _RETRY))
            except TimeoutError:
                if time.monotonic() >= deadline:
                    raise


def _awaited(query: dnslib.DNSRecord, udp: socket.socket, deadline: float) -> tuple[dnslib.DNSRecord, int]:
    """The first packet that answers the question; others on the connected socket are none of ours."""
    while True:
        udp.settimeout(_left(deadline))
        wire = udp.recv(_LARGEST)
        reply = parse(wire)
        if reply.header.id == query.header.id:
            return reply, len(wire)


def _over_tcp(
    query: dnslib.DNSRecord, family: socket.AddressFamily, address: _Address, deadline: float
) -> tuple[dnslib.DNSRecord, int]:
    with socket.socket(family, socket.SOCK_STREAM) as tcp:
        tcp.settimeout(_left(deadline))
        tcp.connect(address)
        packet = query.pack()
        tcp.sendall(len(packet).to_bytes(2, "big") + packet)
        wire = _read(tcp, int.from_bytes(_read(tcp, 2, deadline), "big"), deadline)
        return parse(wire), len(wire)


def _read(tcp: socket.socket, octets: int, deadline: float) -> bytes:
    data = b""
    while len(data) < octets:
        tcp.settimeout(_left(deadline))
        piece = tcp.recv(octets - len(data))
        if not piece:
            raise ConnectionResetError(None, "the connection was closed without a reply")
        data += piece
    return data


def _left(deadline: float) -> float:
    """Seconds until then. Raises `TimeoutError` if there are none."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
