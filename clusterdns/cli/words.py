"""What `serve` tells a person: which cluster is answered for, where, and what to ask."""

from collections.abc import Sequence

from clusterdns import __version__
from clusterdns.cli.corefile import Source
from clusterdns.cli.options import Options
from clusterdns.cluster.objects import Namespace, Service
from clusterdns.corefile import join_host_port
from clusterdns.server.keeper import Keeper
from clusterdns.server.sockets import Endpoint

_ANYWHERE = "all addresses"
_DNS = "dns"


def greeting(options: Options, source: Source, keeper: Keeper, addresses: Sequence[Endpoint]) -> str:
    """Several lines: what is served, what to know about it, and for the embedded example what to ask."""
    where = describe_addresses(addresses)
    has_cluster = bool(keeper.world.tables.all())
    what = (
        f"for {describe_cluster(keeper)}" if has_cluster else f"what {source.corefile.file} says, which has no cluster,"
    )
    lines = [f"clusterdns {__version__} answers {what} on {where}.", *source.notes, *keeper.notes]
    if has_cluster and not options.manifests:
        lines.append("Nothing to serve was named, so this is the embedded example (clusterdns init DIR writes it out).")
        questions = suggest_questions(keeper, addresses)
        if questions:
            lines += ["", "Try:", *(f"  {line}" for line in questions)]
    return "\n".join(lines)


def describe_addresses(addresses: Sequence[Endpoint]) -> str:
    """`127.0.0.1:5353 and [::1]:5353, UDP and TCP`, and what others there are, as `tls://127.0.0.1:853`."""
    plain, others = [], []
    for transport, host, port in addresses:
        if transport != _DNS:
            others.append(f"{transport}://{join_host_port(host, port)}")
        else:
            plain.append(join_host_port(host, port) if host else f"port {port} of {_ANYWHERE}")
    return "; ".join([*([f"{_list(plain)}, UDP and TCP"] if plain else []), *([_list(others)] if others else [])])


def describe_cluster(keeper: Keeper) -> str:
    """`cluster.local (4 namespaces, 6 Services, 9 Pods)`."""
    cluster = keeper.cluster
    counts = [
        _count(len(cluster.of(Namespace)), "namespace"),
        _count(len(cluster.services), "Service"),
        _count(len(cluster.pods), "Pod"),
    ]
    return f"{keeper.settings.cluster_domain} ({', '.join(counts)})"


def suggest_questions(keeper: Keeper, addresses: Sequence[Endpoint]) -> list[str]:
    """Lines for dig that show what this cluster's DNS can do; dig speaks none of the encrypted transports."""
    plain = [address for address in addresses if address.transport == _DNS]
    if not plain:
        return []
    _, host, port = plain[0]
    dig = f"dig @{host or '127.0.0.1'}" + ("" if port == 53 else f" -p {port}")
    domain = keeper.settings.cluster_domain
    services = [service for _, service in sorted(keeper.cluster.services.items()) if service.namespace != "kube-system"]
    picks = (
        ([each for each in services if each.spec.selector and not each.headless], "A"),
        ([each for each in services if each.headless], "SRV"),
        ([each for each in services if each.spec.type == "ExternalName"], "CNAME"),
    )
    lines = [f"{dig} {_name(found[0], domain)} {qtype}" for found, qtype in picks if found]
    if picks[0][0]:
        lines.append(f"{dig} -x {picks[0][0][0].spec.cluster_ip}")
    return lines


def _name(service: Service, domain: str) -> str:
    return f"{service.name}.{service.namespace}.svc.{domain}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _list(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
