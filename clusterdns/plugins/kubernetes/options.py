"""What a Corefile says to the kubernetes plugin, read into the options of its table.

Accepts what CoreDNS's setup accepts, in the same steps. Knows no table.
"""

from dataclasses import dataclass, replace
from typing import Final

from clusterdns.corefile import Args, Token
from clusterdns.dns.names import Name, parse_name
from clusterdns.records.options import PodMode, TableOptions
from clusterdns.records.selectors import BadSelector, Selector, parse_selector
from clusterdns.records.zone import is_reverse

SYNTAX: Final = "kubernetes [ZONES...]"
OPTIONS: Final = {
    "pods": "pods disabled|insecure|verified",
    "namespaces": "namespaces NAMESPACE...",
    "namespace_labels": "namespace_labels SELECTOR",
    "labels": "labels SELECTOR",
    "endpoint_pod_names": "endpoint_pod_names",
    "ttl": "ttl SECONDS",
    "noendpoints": "noendpoints",
    "ignore": "ignore empty_service",
    "fallthrough": "fallthrough [ZONES...]",
    "multicluster": "multicluster [ZONES...]",
    "zonal": "zonal",
    "startup_timeout": "startup_timeout DURATION",
    "endpoint": "endpoint URL...",
    "tls": "tls CERT KEY CACERT",
    "kubeconfig": "kubeconfig FILE [CONTEXT]",
    "apiserver_qps": "apiserver_qps N",
    "apiserver_burst": "apiserver_burst N",
    "apiserver_max_inflight": "apiserver_max_inflight N",
}
_MOST_TTL: Final = 3600


@dataclass
class Options:
    """One `kubernetes` directive. `unused` are the options that only an API server would matter for."""

    table: TableOptions
    fallthrough: tuple[Name, ...] = ()
    unused: tuple[str, ...] = ()


def read_options(args: Args) -> Options:
    """Reads the only `kubernetes` directive of a server block. Raises `CorefileError`."""
    options = Options(TableOptions(()))
    for _ in args.once(SYNTAX):
        zones = tuple(map(parse_name, args.zones(args.words())))
        if all(is_reverse(zone) for zone in zones):
            raise args.error("there must be a zone that is not a reverse one")
        options = Options(TableOptions(zones))
        for option in args.options(OPTIONS):
            _read(option, args, options)
    _check(args, options.table)
    return options


def _read(option: str, args: Args, options: Options) -> None:
    """Reads the rest of an option's line."""
    table = options.table
    match option:
        case "pods":
            (word,) = args.words(1, 1)
            mode = PodMode(args.choice(word, "value for pods", [mode.value for mode in PodMode]))
            options.table = replace(table, pods=mode)
        case "namespaces":
            options.table = replace(table, namespaces=table.namespaces.union(map(str, args.words(1))))
        case "namespace_labels":
            options.table = replace(table, namespace_labels=_selector(args))
        case "labels":
            options.table = replace(table, labels=_selector(args))
        case "endpoint_pod_names":
            args.words(most=0)
            options.table = replace(table, endpoint_pod_names=True)
        case "ttl":
            options.table = replace(table, ttl=args.integer(args.words(1)[0], "TTL", least=0, most=_MOST_TTL))
        case "noendpoints":
            args.words(most=0)
            options.table = replace(table, endpoints=False)
        case "zonal":
            args.words(most=0)
            options.table = replace(table, zonal=True)
        case "ignore":
            if words := args.words():
                args.choice(words[0], "value to ignore", ["empty_service"])
                options.table = replace(table, ignore_empty_service=True)
        case "fallthrough":
            options.fallthrough = tuple(map(parse_name, args.fallthrough()))
        case "multicluster":
            words = args.words()
            options.table = replace(table, multicluster=tuple(map(parse_name, args.zones(words) if words else ())))
        case _:
            _read_unused(option, args)
            options.unused = (*options.unused, option)


def _read_unused(option: str, args: Args) -> None:
    """Checks an option that tells how to reach an API server."""
    match option:
        case "endpoint":
            args.words(1)
        case "tls":
            args.words(3, 3)
        case "kubeconfig":
            args.words(1, 2)
        case "startup_timeout":
            args.duration(args.words(1)[0], "timeout")
        case "apiserver_qps":
            args.number(args.words(1, 1)[0], "rate", least=0)
        case _:
            args.integer(args.words(1, 1)[0], "limit", least=0)


def _selector(args: Args) -> Selector:
    words: list[Token] = args.words(1)
    try:
        return parse_selector(" ".join(words))
    except BadSelector as error:
        raise args.error(f"label selector '{' '.join(words)}': {error}", words[0]) from None


def _check(args: Args, table: TableOptions) -> None:
    """Refuses options that contradict each other."""
    if table.namespaces and table.namespace_labels.requirements:
        raise args.error("namespaces and namespace_labels cannot both be set")
    for zone in table.multicluster:
        if zone not in table.zones:
            raise args.error("a multicluster zone must be among the plugin's zones")
    if table.zonal and not table.endpoints:
        raise args.error("zonal needs the endpoints that noendpoints leaves out")
