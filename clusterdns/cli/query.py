"""`clusterdns query`: asks one question and prints what dig prints."""

from typing import NamedTuple

import click
import dnslib

from clusterdns.cli.lookup import NoReply, ask
from clusterdns.cli.lookup_text import as_dig, as_dig_short

DEFAULT_SERVER = "127.0.0.1"
DEFAULT_PORT = 5353
_DNS_PORT = 53
_SYNTAX = "NAME [TYPE] [@SERVER[:PORT]]"


class Question(NamedTuple):
    """What to ask whom."""

    name: str
    qtype: str = "A"
    qclass: str = "IN"
    server: str = DEFAULT_SERVER
    port: int = DEFAULT_PORT


@click.command(
    name="query",
    epilog="""The exit status is 0 for any reply, NXDOMAIN too, and 1 for none.

    \b
    clusterdns query web.default.svc.cluster.local
    clusterdns query db.data.svc.cluster.local SRV @127.0.0.1:5353
    clusterdns query -x 10.96.0.1
    clusterdns query www.example.com @[2001:db8::53]""",
)
@click.argument("words", nargs=-1, metavar=_SYNTAX)
@click.option("-x", "address", metavar="ADDRESS", help="Ask which name an address has, instead of NAME and TYPE.")
@click.option("-p", "--port", type=click.IntRange(1, 65535), metavar="PORT", help="The server's port.")
@click.option("+short", "--short", "short", is_flag=True, help="Print the data of the answers alone.")
@click.option("+tcp", "--tcp", "tcp", is_flag=True, help="Ask over TCP from the start.")
@click.option("+noedns", "--no-edns", "no_edns", is_flag=True, help="Ask without EDNS.")
def command(
    words: tuple[str, ...], address: str | None, port: int | None, *, short: bool, tcp: bool, no_edns: bool
) -> None:
    """Ask a DNS server and print the reply as dig does.

    Without a SERVER that is 127.0.0.1:5353, where clusterdns listens; a SERVER without a PORT is asked on 53. TYPE is A
    unless given. A NAME is taken as it is: no search path is walked.
    """
    question = _parse((*words, *_reverse(address)))
    if port is not None:
        question = question._replace(port=port)
    try:
        reply = ask(_query(question), question.server, question.port, tcp=tcp, edns=not no_edns)
    except NoReply as error:
        hint = " (is clusterdns serve running?)" if question[3:] == (DEFAULT_SERVER, DEFAULT_PORT) else ""
        raise click.ClickException(f"{error}{hint}") from None
    asked = " ".join(("-x", address, *words) if address else words)
    click.echo(as_dig_short(reply) if short else as_dig(reply, asked), nl=False)


def _query(question: Question) -> dnslib.DNSRecord:
    try:
        query = dnslib.DNSRecord.question(question.name, question.qtype, question.qclass)
        query.pack()
    except (dnslib.DNSError, dnslib.DNSLabelError, ValueError) as error:
        raise click.ClickException(f"'{question.name} {question.qtype}' can't be asked: {error}") from None
    return query


def _reverse(address: str | None) -> tuple[str, ...]:
    """The words that ask for the name of an address."""
    if address is None:
        return ()
    import ipaddress  # few need it

    try:
        return ipaddress.ip_address(address).reverse_pointer, "PTR"
    except ValueError:
        raise click.UsageError(f"'{address}' is not an IP address (-x 10.96.0.1)") from None


def _parse(words: tuple[str, ...]) -> Question:
    """The question that words stand for, in any order as with dig, but a name before its type."""
    question = Question("")
    for word in words:
        if word.startswith("@"):
            server, port = parse_server(word[1:])
            question = question._replace(server=server, port=port)
        elif not question.name:
            question = question._replace(name=word)
        elif word.upper() in ("IN", "CH"):
            question = question._replace(qclass=word.upper())
        elif _is_type(word):
            question = question._replace(qtype=word.upper())
        else:
            raise click.UsageError(f"'{word}' is no type of records ({_SYNTAX})")
    if not question.name:
        raise click.UsageError(f"there is no name to ask for ({_SYNTAX})")
    return question


def _is_type(word: str) -> bool:
    try:
        return isinstance(getattr(dnslib.QTYPE, word.upper()), int)
    except dnslib.DNSError:
        return False


def parse_server(text: str) -> tuple[str, int]:
    """`127.0.0.1`, `127.0.0.1:5353`, `::1`, `[::1]:5353`: a server and its port, 53 as in dig if there is none."""
    host, port = text, ""
    if text.startswith("[") and "]" in text:
        host, _, port = text[1:].partition("]")
        port = port.removeprefix(":")
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    if port and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise click.UsageError(f"'{port}' is no port (@SERVER[:PORT])")
    if not host or "[" in host:
        raise click.UsageError(f"'@{text}' names no server (@SERVER[:PORT])")
    return host, int(port) if port else _DNS_PORT
