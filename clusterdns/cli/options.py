"""What `serve`, `check` and `get` have in common: where the cluster and the Corefile come from.

So that a command line can be checked before it is served, by changing one word.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from clusterdns.cluster.settings import DEFAULT_POD_CIDRS, DEFAULT_SERVICE_CIDRS, Settings, parse_cidrs
from clusterdns.corefile import is_domain_name, parse_ip

DEFAULT_PORT = 5353

F = TypeVar("F", bound=Callable[..., Any])

_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_.")  # of the cluster's zone

_MANIFESTS = click.argument("manifests", nargs=-1, metavar="[MANIFEST]...")
_CLUSTER = (
    click.option("-f", "--filename", "filenames", multiple=True, metavar="MANIFEST", help="A manifest, as in kubectl."),
    click.option(
        "--conf",
        type=click.Path(path_type=Path),
        metavar="COREFILE",
        help="A Corefile instead of the built-in one, taken literally.",
    ),
    click.option(
        "--upstream",
        "upstreams",
        multiple=True,
        metavar="ADDR",
        help="Where the built-in Corefile forwards other names to.  [default: what /etc/resolv.conf names]",
    ),
    click.option(
        "--pod-cidr", metavar="CIDR,...", help="The range of Pod addresses.  [default: 10.244.0.0/16,fd00:10:244::/56]"
    ),
    click.option(
        "--service-cidr",
        metavar="CIDR,...",
        help="The range of Service addresses.  [default: 10.96.0.0/12,fd00:10:96::/112]",
    ),
    click.option(
        "--nodes",
        type=click.IntRange(1, 10_000),
        default=2,
        show_default=True,
        metavar="N",
        help="How many Nodes there are when no manifest has any.",
    ),
    click.option(
        "--cluster-domain", default="cluster.local", show_default=True, metavar="ZONE", help="The cluster's zone."
    ),
    click.option(
        "--bare",
        is_flag=True,
        help="Leave out what every cluster has (kubernetes, kube-dns), and take whatever a DNS can serve.",
    ),
    click.option(
        "--lenient",
        is_flag=True,
        help="Pass over plugins of CoreDNS that clusterdns leaves out on purpose, with a warning for each.",
    ),
)
_LISTENING = (
    click.option(
        "--port",
        type=click.IntRange(0, 65535),
        default=DEFAULT_PORT,
        show_default=True,
        metavar="N",
        help="The port of server blocks that name none; 0 is any free one.",
    ),
    click.option(
        "--bind",
        "binds",
        multiple=True,
        metavar="ADDR",
        help="An address for server blocks without 'bind'; 0.0.0.0 is all of them.  [default: 127.0.0.1 and ::1]",
    ),
    click.option(
        "--workers",
        type=click.IntRange(1, 256),
        metavar="N",
        help="How many processes answer.  [default: what the Corefile's multisocket says, else 1]",
    ),
)


@dataclass(frozen=True)
class Options:
    """The command line, checked."""

    conf: Path | None
    port: int
    binds: tuple[str, ...]
    upstreams: tuple[str, ...]
    workers: int | None
    settings: Settings
    manifests: tuple[str, ...]
    lenient: bool = False  # pass over plugins that are left out


def cluster_options(function: F) -> F:
    """Adds the options to a command, which gets them as keyword arguments for `read`."""
    return _MANIFESTS(_with(function, (*_CLUSTER[:2], *_LISTENING, *_CLUSTER[2:])))


def file_options(function: F) -> F:
    """The same for a command that listens nowhere, and whose words are no manifests: -f alone names those."""
    return _with(function, _CLUSTER)


def compiling_options(function: F) -> F:
    """Those that decide what names manifests make, for a command that asks nobody and has its own manifests."""
    return _with(function, (_CLUSTER[1], *_CLUSTER[3:]))


def _with(function: F, options: Iterable[Callable[[F], F]]) -> F:
    for option in reversed([*options]):
        function = option(function)
    return function


def read(
    *,
    manifests: tuple[str, ...] = (),
    filenames: tuple[str, ...] = (),
    conf: Path | None,
    port: int = DEFAULT_PORT,
    binds: tuple[str, ...] = (),
    upstreams: tuple[str, ...] = (),
    workers: int | None = None,
    pod_cidr: str | None,
    service_cidr: str | None,
    nodes: int,
    cluster_domain: str,
    bare: bool,
    lenient: bool,
) -> Options:
    """The options as a value. Raises `click.UsageError` with a sentence for the user."""
    try:
        settings = Settings(
            parse_cidrs(service_cidr, DEFAULT_SERVICE_CIDRS) if service_cidr else DEFAULT_SERVICE_CIDRS,
            parse_cidrs(pod_cidr, DEFAULT_POD_CIDRS) if pod_cidr else DEFAULT_POD_CIDRS,
            nodes,
            _zone(cluster_domain),
            bare,
        )
        for address in binds:
            _check_address(address)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    return Options(conf, port, binds, upstreams, workers, settings, (*manifests, *filenames), lenient)


def _zone(text: str) -> str:
    zone = text.rstrip(".")
    if not zone or not is_domain_name(zone) or not set(zone.lower()) <= _LETTERS:
        raise ValueError(f"--cluster-domain '{text}' is not the name of a zone (cluster.local)")
    return zone


def _check_address(text: str) -> None:
    address, _, _interface = text.partition("%")
    try:
        if text != "*":
            parse_ip(address)
    except ValueError:
        raise ValueError(f"--bind '{text}' is not an IP address (127.0.0.1, ::1, 0.0.0.0)") from None
