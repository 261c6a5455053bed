"""Names outside the cluster's zones, and addresses that nobody in the cluster has.

Knows zones. What an upstream made of a name is for `serving`.
"""

from collections.abc import Iterator
from typing import Final

from clusterdns.dns import codes
from clusterdns.dns.names import IN_ADDR, IP6, address_of, is_subdomain, longest_match, parse_name
from clusterdns.explain.case import Case
from clusterdns.explain.reason import Code, Reason
from clusterdns.explain.reasons.pods import pods_with

_LOCAL: Final = parse_name("local")


def pointer(case: Case) -> Iterator[Reason]:
    """An address that no Service and no endpoint has."""
    if (
        case.qtype != codes.PTR
        or case.heard.found
        or not (is_subdomain(case.name, IN_ADDR) or is_subdomain(case.name, IP6))
    ):
        return
    address = address_of(case.name)
    if address is None:
        yield Reason(Code.NO_POINTER, f"{case.text} is no whole address backwards", "clusterdns query -x ADDRESS")
    elif case.table is None:
        yield Reason(Code.NO_POINTER, f"kubernetes is not asked for {address}", "in-addr.arpa among its zones")
    else:
        pods = pods_with(case, str(address))
        whose = f", though {pods[0].key()} has it" if pods else ""
        yield Reason(
            Code.NO_POINTER,
            f"no Service and no ready endpoint has the address {address}{whose}",
            "a Service that selects the Pod" if pods else "",
        )


def local(case: Case) -> Iterator[Reason]:
    """Names that multicast DNS takes."""
    zones = tuple(map(parse_name, (case.survey.zone, *case.sites.cluster_zones)))
    if not case.denied or not is_subdomain(case.name, _LOCAL) or longest_match(case.name, zones) is not None:
        return
    yield Reason(
        Code.MDNS,
        f"{case.text} ends in .local, which belongs to multicast DNS (RFC 6762): few DNS servers have such names, and "
        "on a desktop a resolver may never ask one",
        f"names of the cluster end in {case.survey.zone}; clusterdns doctor says who takes .local away on this machine",
    )


def no_cluster(case: Case) -> Iterator[Reason]:
    """A name of the cluster that comes to a server block without the cluster."""
    mine = is_subdomain(case.name, parse_name(case.survey.zone))
    if not mine or not case.blocks or case.sites.table_for(case.name) is not None:
        return
    zones = ", ".join(case.sites.cluster_zones)
    yield Reason(
        Code.NO_CLUSTER,
        f"the server block at {case.blocks[0].place}, which takes {case.text}, has no kubernetes plugin for it",
        f"names below {zones}" if zones else f"kubernetes {case.survey.zone} in it",
    )


REASONS = (pointer, local, no_cluster)
