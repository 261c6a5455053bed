"""`clusterdns query`: asks one question and prints what dig prints."""

import secrets
import socket
import time

import click
import dnslib

DEFAULT_SERVER = "127.0.0.1"
DEFAULT_PORT = 5353
_TIMEOUT = 5.0  # seconds
_PAYLOAD = 1232  # octets that we take over UDP (DNS flag day 2020)


@click.command(name="query")
@click.argument("words", nargs=-1, required=True, metavar="NAME [TYPE] [@SERVER[:PORT]]")
@click.option("--tcp", is_flag=True, help="Ask over TCP from the start.")
@click.option("--no-edns", is_flag=True, help="Ask without EDNS.")
def command(words: tuple[str, ...], tcp: bool, no_edns: bool) -> None:
    """Ask a DNS server, by default the one on port 5353 of this machine.

    A name without a final dot is taken as it is: no search path is walked.
    """
    name, qtype, server, port = _parse(words)
    try:
        query = dnslib.DNSRecord.question(name, qtype)
    except (dnslib.DNSError, ValueError) as error:
        raise click.ClickException(f"'{name} {qtype}' is no question: {error}") from None
    query.header.id = secrets.randbelow(1 << 16)
    if not no_edns:
        query.add_ar(dnslib.EDNS0(udp_len=_PAYLOAD))
    began = time.monotonic()
    try:
        reply, protocol = _ask(query, server, port, tcp=tcp)
    except OSError as error:
        reason = "no answer" if isinstance(error, TimeoutError) else error.strerror or str(error)
        raise click.ClickException(f"{server} port {port}: {reason}") from None
    except dnslib.DNSError as error:
        raise click.ClickException(f"{server} port {port}: not a DNS answer ({error})") from None
    click.echo(f"; <<>> clusterdns query <<>> {' '.join(words)}")
    click.echo(reply.toZone())
    click.echo(f";; Query time: {(time.monotonic() - began) * 1000:.0f} msec")
    click.echo(f";; SERVER: {server}#{port} ({protocol})")


def _parse(words: tuple[str, ...]) -> tuple[str, str, str, int]:
    name, qtype, server, port = "", "A", DEFAULT_SERVER, DEFAULT_PORT
    for word in words:
        if word.startswith("@"):
            server, port = _server(word[1:])
        elif not name:
            name = word
        elif hasattr(dnslib.QTYPE, word.upper()):
            qtype = word.upper()
        else:
            raise click.UsageError(f"'{word}' is no record type (NAME [TYPE] [@SERVER[:PORT]])")
    if not name:
        raise click.UsageError("there is no name to ask for (NAME [TYPE] [@SERVER[:PORT]])")
    return name, qtype, server, port


def _server(text: str) -> tuple[str, int]:
    """`127.0.0.1`, `127.0.0.1:53`, `[::1]:53`, `::1`; without a port 53, as dig has it, but for our own host."""
    host, port = text, ""
    if text.startswith("["):
        host, _, port = text[1:].partition("]")
        port = port.removeprefix(":")
    elif text.count(":") == 1:
        host, port = text.split(":")
    if port and not (port.isascii() and port.isdigit() and int(port) < 65536):
        raise click.UsageError(f"'{port}' is no port (@SERVER[:PORT])")
    return host or DEFAULT_SERVER, int(port) if port else 53


def _ask(query: dnslib.DNSRecord, server: str, port: int, *, tcp: bool) -> tuple[dnslib.DNSRecord, str]:
    family, _, _, _, address = socket.getaddrinfo(server, port, type=socket.SOCK_DGRAM)[0]
    if not tcp:
        with socket.socket(family, socket.SOCK_DGRAM) as udp:
            udp.settimeout(_TIMEOUT)
            udp.connect(address)
            udp.send(query.pack())
            reply = _reply_to(query, udp)
        if not reply.header.tc:
            return reply, "UDP"
    with socket.create_connection((server, port), timeout=_TIMEOUT) as stream, stream.makefile("rb") as answers:
        packet = query.pack()
        stream.sendall(len(packet).to_bytes(2, "big") + packet)
        length = int.from_bytes(answers.read(2), "big")
        return dnslib.DNSRecord.parse(answers.read(length)), "TCP"


def _reply_to(query: dnslib.DNSRecord, udp: socket.socket) -> dnslib.DNSRecord:
    """The first packet that answers the question; others on the connected socket are none of ours."""
    while True:
        reply = dnslib.DNSRecord.parse(udp.recv(65535))
        if reply.header.id == query.header.id:
            return reply
