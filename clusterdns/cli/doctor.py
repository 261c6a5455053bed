"""`clusterdns doctor`: does this machine ask us, and if not, what would do."""

import json
import socket
import sys
from typing import Final

import click

from clusterdns.cli.options import DEFAULT_PORT
from clusterdns.corefile import parse_ip
from clusterdns.doctor import Finding, Level, Machine, Seen, Target, examine

_HOST: Final = "127.0.0.1"
_WIDTH: Final = max(len(level.value) for level in Level) + 2


@click.command(
    name="doctor", epilog="The exit status is 0 if programs on this machine get the server's answers, else 1."
)
@click.option(
    "--server",
    default=f"{_HOST}:{DEFAULT_PORT}",
    show_default=True,
    metavar="HOST[:PORT]",
    help="Where clusterdns answers.",
)
@click.option(
    "--cluster-domain", default="cluster.local", show_default=True, metavar="ZONE", help="The cluster's zone."
)
@click.option("--json", "in_json", is_flag=True, help="Print it for programs.")
def command(server: str, cluster_domain: str, *, in_json: bool) -> None:
    """Say whether programs on this machine ask clusterdns for names of the cluster, and if not, why and what would do.

    Looks at /etc/resolv.conf, /etc/nsswitch.conf, systemd-resolved, mDNS, ports 53 and 5353, and asks the server and
    the system's resolver for one name. Changes nothing.
    """
    from clusterdns.cli.query import parse_server

    host, port = parse_server(server)
    try:
        parse_ip(host)
    except ValueError as error:
        raise click.UsageError(f"--server {server}: {error}, which is all that resolv.conf can name") from None
    target = Target(host, port, cluster_domain.strip(".").lower())
    seen = _look(target)
    findings = examine(Machine(platform=sys.platform), target, seen)
    if in_json:
        click.echo(json.dumps({"asks": seen.agree, "findings": list(map(_plain, findings))}, indent=2))
    else:
        click.echo("".join(map(_text, findings)), nl=False)
    sys.exit(0 if seen.agree else 1)


def _look(target: Target) -> Seen:
    """Asks the server and the system's resolver for the name that every cluster has."""
    import dnslib

    from clusterdns.cli.lookup import NoReply, ask

    try:
        found = socket.getaddrinfo(target.name, None, socket.AF_INET, socket.SOCK_STREAM)
    except OSError:
        found = []
    by_programs = tuple(dict.fromkeys(str(address[0]) for *_, address in found))
    try:
        reply = ask(dnslib.DNSRecord.question(target.name, "A"), target.host, target.port)
    except NoReply as error:
        return Seen((), by_programs, str(error))
    return Seen(tuple(str(record.rdata) for record in reply.message.rr if record.rtype == dnslib.QTYPE.A), by_programs)


def _plain(finding: Finding) -> dict[str, str]:
    return {"code": finding.code, "level": finding.level.value, "what": finding.what, "do": finding.do}


def _text(finding: Finding) -> str:
    return f"{finding.level.value:{_WIDTH}}{finding.what}\n" + (f"{'':{_WIDTH}}→ {finding.do}\n" if finding.do else "")
