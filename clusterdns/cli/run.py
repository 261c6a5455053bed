"""`clusterdns run`: any program, unmodified, with a Pod's view of DNS."""

import os
import socket
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, TextIO

import click

from clusterdns.cli.corefile import read_corefile
from clusterdns.cli.inside import Client, run_alone, run_on_host
from clusterdns.cli.loading import load
from clusterdns.cli.node import node_conf, text_of
from clusterdns.cli.options import Options, file_options, read
from clusterdns.cluster.cluster import pod_ips
from clusterdns.logs import Log
from clusterdns.plugins.base import StartError
from clusterdns.sandbox.files import HOSTS
from clusterdns.sandbox.kernel import Forbidden
from clusterdns.server.keeper import Keeper
from clusterdns.server.server import ConfigError
from clusterdns.stub import NotThere, hostname_of, hosts_of, resolv_conf_of

_FAILED: Final = 125  # as env(1) has it


class Failed(click.ClickException):
    """The program was not started."""

    exit_code = _FAILED


@click.command(
    name="run",
    context_settings={"allow_interspersed_args": False},
    epilog="""The exit status is the program's, 128 + N if signal N ended it, 127 if there is no
    such program, 126 if it is none, and 125 if clusterdns could not start.

    \b
    clusterdns run -f k8s/ -- getent hosts web
    clusterdns run -f k8s/ --from shop/orders-0 -- ./orders
    clusterdns run -f k8s/ --net host -- pytest""",
)
@click.argument("words", nargs=-1, required=True, type=click.UNPROCESSED, metavar="COMMAND [ARGUMENT]...")
@click.option("--from", "client", default="default", metavar="NAMESPACE[/POD]", help="As whom.  [default: default]")
@click.option(
    "--net",
    type=click.Choice(["own", "host"]),
    default="own",
    show_default=True,
    help="A network with nothing but us, or this machine's.",
)
@click.option(
    "--log",
    type=click.File("a"),
    metavar="FILE",
    help="Where the server's log goes, such as /dev/stderr.  [default: nowhere]",
)
@file_options
def command(words: tuple[str, ...], client: str, net: str, log: TextIO | None, **given: Any) -> None:
    """Run a COMMAND with the /etc/resolv.conf of a Pod, and the cluster's DNS at port 53 behind it.

    The program and all that it starts resolve names as they would in that Pod: by its search list, /etc/hosts, and the
    Services of the manifests. Needs no root where the kernel allows user namespaces. Names outside the cluster are
    forwarded; to reach what they stand for takes --net host.
    """
    if sys.platform != "linux":
        raise Failed("only Linux has the namespaces that this needs (in a container: docker run … clusterdns run …)")
    options = replace(read(**given), port=53)
    output = log or Path(os.devnull).open("a", encoding="utf-8")  # noqa: SIM115 - for as long as the process lives
    keeper, problems = load(options, Log(output))
    if problems:
        raise Failed("\n".join(map(str, problems)))
    pod = _client(options, keeper, client)
    try:
        corefile = read_corefile(options).corefile
        serve = run_alone if net == "own" else run_on_host
        sys.exit(serve(words, pod, corefile, keeper, lenient=options.lenient))
    except (ConfigError, Forbidden, StartError) as error:
        raise Failed(str(error)) from None


def _client(options: Options, keeper: Keeper, text: str) -> Client:
    """Who the program shall be. Raises `Failed` for a Pod that isn't there."""
    namespace, _, name = text.partition("/")
    domain, cluster = options.settings.cluster_domain, keeper.cluster
    try:
        made = resolv_conf_of(cluster, namespace, name, domain=domain, host=node_conf())
    except NotThere as error:
        raise Failed(f"--from {text}: {error}") from None
    for warning in made.warnings:
        click.echo(f"Warning: {warning}", err=True)
    pod = cluster.pods.get((namespace, name))
    own = hostname_of(pod) if pod else ""
    hosts = hosts_of(pod, domain=domain, host=text_of(HOSTS), hostname=own or socket.gethostname())
    return Client(made.conf, hosts, tuple(pod_ips(pod)), own)
