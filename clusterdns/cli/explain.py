"""`clusterdns explain`: what a Pod would ask for a name, who answers, and why."""

import asyncio
import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import click

from clusterdns.advice.manifests import Manifests
from clusterdns.advice.survey import Survey
from clusterdns.cli.corefile import read_corefile
from clusterdns.cli.loading import load
from clusterdns.cli.node import node_conf
from clusterdns.cli.options import Options, file_options, read
from clusterdns.corefile import join_host_port
from clusterdns.dns import codes
from clusterdns.dns.exchange import parse_reply
from clusterdns.dns.names import BadName, encode_name, labels, name_text, reverse_name
from clusterdns.dns.rdata import ADDRESS_SIZES
from clusterdns.dns.reply import Reply
from clusterdns.explain.client import Client, client_of
from clusterdns.explain.remote import RemoteServer
from clusterdns.explain.report import Explanation, as_json, explain, explain_refusal
from clusterdns.explain.serving import Asked, Sites, question_of
from clusterdns.explain.tiers import LOOPBACK
from clusterdns.explain.walk import Asker, Walked, follow
from clusterdns.plugins.base import StartError
from clusterdns.server.keeper import Keeper
from clusterdns.server.site import Defaults
from clusterdns.stub import RESOLVERS, NotThere

_SYNTAX = "NAME [TYPE] [@SERVER[:PORT]]"
_DNS_PORT = 53


class Question(NamedTuple):
    """What to look up, and whom to ask: nobody, for the server in this process."""

    name: str
    types: tuple[int, ...]
    server: str = ""
    port: int = _DNS_PORT


@click.command(
    name="explain",
    epilog="""The exit status is 0 if the name resolves, 1 if it does not.

    \b
    clusterdns explain web
    clusterdns explain db.data SRV -f k8s/ --from shop/orders-0 --resolver musl
    clusterdns explain www.example.com --conf Corefile --json
    clusterdns explain web.shop @127.0.0.1:5353 -f k8s/""",
)
@click.argument("words", nargs=-1, metavar=_SYNTAX)
@click.option("--from", "client", default="default", metavar="NAMESPACE[/POD]", help="Who asks.  [default: default]")
@click.option("--ndots", type=click.IntRange(0, 15), metavar="N", help="Instead of what the Pod's resolv.conf says.")
@click.option(
    "--resolver",
    type=click.Choice(RESOLVERS),
    default=RESOLVERS[0],
    show_default=True,
    help="The resolver that walks the search list.",
)
@click.option("--json", "in_json", is_flag=True, help="Print it for programs.")
@file_options
def command(
    words: tuple[str, ...], client: str, ndots: int | None, resolver: str, *, in_json: bool, **given: Any
) -> None:
    """Say whether a NAME resolves for a Pod, to what, and why, or why not and what would do.

    Asks what the Pod's resolver would, name after name of its search path, of the server that `clusterdns serve` would
    start on the manifests and the Corefile; or of a running SERVER, and tells how it differs from them. Without a TYPE
    addresses are looked up, A and AAAA.
    """
    question, options = _parse(words), read(**given)
    keeper, problems = load(options)
    if problems:
        explanation = explain_refusal(question.name, question.types, problems)
    else:
        explanation = _explain(question, options, keeper, _client(keeper, client, resolver, ndots))
    if in_json:
        click.echo(json.dumps(as_json(explanation), indent=2))
    else:
        from clusterdns.explain.tree import print_tree

        print_tree(explanation, sys.stdout)
    sys.exit(0 if explanation.resolves else 1)


def _explain(question: Question, options: Options, keeper: Keeper, client: Client) -> Explanation:
    survey = Survey(keeper.cluster, options.settings.cluster_domain, Manifests(keeper.manifests))
    try:
        source = read_corefile(options)
        sites = Sites(source.corefile, keeper.world, Defaults(options.port, ("127.0.0.1",), lenient=options.lenient))
        walked = asyncio.run(_walk(question, keeper, client, survey, sites))
    except StartError as error:
        raise click.ClickException(str(error)) from None
    told = explain(walked, (*source.notes, *keeper.notes, *map(str, keeper.warnings)))
    because = told.because
    if because is None or because.about is None:
        return told
    return replace(told, place=survey.manifests.place(because.about, because.path))


async def _walk(question: Question, keeper: Keeper, client: Client, survey: Survey, sites: Sites) -> Walked:
    await sites.start()
    try:
        ask = _asker(question, keeper, client, sites)
        return await follow(ask, question.name, question.types, client, survey, sites)
    finally:
        await sites.stop()


def _asker(question: Question, keeper: Keeper, client: Client, sites: Sites) -> Asker:
    """Whom the client asks: the server that was named, the one in this process, or neither."""
    if question.server:
        server = join_host_port(question.server, question.port)
        return RemoteServer(server, _exchange(question), sites, _newest(keeper.manifests)).ask
    if client.elsewhere is not None:
        return _not_asked
    return partial(sites.ask, client=client.address or LOOPBACK)


async def _not_asked(name: bytes, qtype: int) -> Asked:
    return Asked(name, qtype, None, silence="the DNS of the cluster is not asked")


def _exchange(question: Question) -> Callable[[bytes, int], Reply | str]:
    """Asks the server that was named, over UDP and TCP."""
    import dnslib

    from clusterdns.cli.lookup import NoReply, ask

    def exchange(name: bytes, qtype: int) -> Reply | str:
        query = dnslib.DNSRecord(q=dnslib.DNSQuestion(dnslib.DNSLabel(labels(name)), qtype))
        try:
            reply = ask(query, question.server, question.port, edns=False)
            return parse_reply(bytes(reply.message.pack()), question_of(name, qtype))
        except NoReply as error:
            return str(error)
        except Exception as error:  # noqa: BLE001 - dnslib has many errors for what servers may send
            return f"what came is no reply to the question ({type(error).__name__})"

    return exchange


def _newest(files: Iterable[str]) -> tuple[str, float] | None:
    """The file that was written last, and when, in seconds since 1970."""
    times = {file: Path(file).stat().st_mtime for file in files if Path(file).is_file()}
    return max(times.items(), key=lambda item: item[1], default=None)


def _client(keeper: Keeper, text: str, resolver: str, ndots: int | None) -> Client:
    """The Pod that asks. Raises `click.UsageError` for one that isn't there."""
    if text.startswith("/"):
        raise click.UsageError(f"--from {text}: there is no namespace before the slash (NAMESPACE/POD)")
    try:
        return client_of(keeper.cluster, keeper.settings.cluster_domain, text, resolver, ndots, node_conf())
    except NotThere as error:
        raise click.UsageError(f"--from {text}: {error}") from None


def _parse(words: tuple[str, ...]) -> Question:
    """The question that words stand for: a name before its type, and a server anywhere."""
    server, port, said = "", _DNS_PORT, []
    for word in words:
        if word.startswith("@"):
            from clusterdns.cli.query import parse_server

            server, port = parse_server(word[1:])
        else:
            said.append(word)
    if not 1 <= len(said) <= 2:
        problem = f"'{said[2]}' is too much" if said else "there is no name to explain"
        raise click.UsageError(f"{problem} ({_SYNTAX}; manifests are given by -f)")
    name, types = _only_name(said[0]), tuple(ADDRESS_SIZES)
    if len(said) == 2:
        qtype = codes.parse_type(said[1])
        if qtype is None or qtype in codes.TRANSFERS:
            raise click.UsageError(f"'{said[1]}' is no type of records ({_SYNTAX}; manifests are given by -f)")
        types = (qtype,)
    if types == (codes.PTR,):
        name = _reversed(name)
    try:
        encode_name(name)
    except BadName as error:
        raise click.UsageError(str(error)) from None
    return Question(name, types, server, port)


def _only_name(text: str) -> str:
    """The text itself. Raises `click.UsageError` for a URL, for a name with a port, and for nothing."""
    if not text:
        raise click.UsageError("the name is empty (the root is .)")
    host = text.partition("://")[2].partition("/")[0] or text
    host = host.partition(":")[0] if host.count(":") == 1 else host
    if host != text:
        raise click.UsageError(f"'{text}' is more than a name, which is all that DNS is asked for ({host})")
    return text


def _reversed(text: str) -> str:
    """The name below in-addr.arpa or ip6.arpa, if it is an address whose name is wanted."""
    try:
        return name_text(reverse_name(text))
    except ValueError:
        return text
