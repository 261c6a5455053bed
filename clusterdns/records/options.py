"""What decides which names a table has: the options of a kubernetes plugin, as values.

Knows nothing of the Corefile they come from.
"""

from dataclasses import dataclass
from enum import Enum

from clusterdns.dns.names import Name
from clusterdns.records.selectors import EVERYTHING, Selector


class PodMode(Enum):
    """Which names of Pods there are, such as `10-244-0-7.default.pod.cluster.local`."""

    DISABLED = "disabled"  # none
    INSECURE = "insecure"  # of any address, whether or not a Pod has it
    VERIFIED = "verified"  # of addresses that a Pod in that namespace has


@dataclass(frozen=True, slots=True)
class TableOptions:
    """Options of a table; equal options make equal tables. The first zone that is not reverse is the primary one."""

    zones: tuple[Name, ...]
    ttl: int = 5  # seconds
    pods: PodMode = PodMode.DISABLED
    namespaces: frozenset[str] = frozenset()  # those exposed; none is all
    namespace_labels: Selector = EVERYTHING
    labels: Selector = EVERYTHING  # of Services, EndpointSlices and Pods
    endpoint_pod_names: bool = False
    endpoints: bool = True
    ignore_empty_service: bool = False
    multicluster: tuple[Name, ...] = ()  # zones of ServiceImports
    zonal: bool = False
    # Of the server, not loopback: the Services behind them name the zone's servers. None: those of the Pods behind the
    # cluster's DNS Service, shown or not, whose place the server takes.
    own_addresses: tuple[str, ...] | None = ()
