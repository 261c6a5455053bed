"""Who has which address: those that manifests give, and those handed out of the ranges of Services and of Pods.

Between text and numbers, families and pools. Given addresses are honoured wherever they lie, and handed out to nobody
else. It knows names of objects, not objects.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address

from clusterdns.cluster.addresses import AddressPool
from clusterdns.cluster.cluster import Name
from clusterdns.cluster.settings import Family, Network, Settings, family_of

KUBERNETES_INDEX = 1  # of the addresses of a Service range, the first is that of default/kubernetes
DNS_INDEX = 10

Pools = dict[Family, AddressPool[Name]]
IPAddress = IPv4Address | IPv6Address


def parse_ip(text: str) -> IPAddress | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def canonical(text: str) -> str:
    """An address as Kubernetes writes it; IPv4 has only one way."""
    return str(parse_ip(text) or text) if ":" in text else text


class AddressBook:
    """Addresses of Services and Pods. What is asked for and given takes effect at `settle`."""

    def __init__(self, settings: Settings) -> None:
        self._pools: dict[str, Pools] = {
            "Service": {family_of(network): _service_pool(network) for network in settings.service_cidrs},
            "Pod": {family_of(network): AddressPool(network) for network in settings.pod_cidrs},
        }
        self._given: dict[tuple[str, Name], list[IPAddress]] = {}

    def give(self, kind: str, name: Name, addresses: Iterable[str]) -> None:
        """Takes note of all the addresses that an object has by its manifest; what is no address is passed over."""
        after = [ip for ip in map(parse_ip, addresses) if ip is not None]
        before = self._given.pop((kind, name), [])
        if after:
            self._given[kind, name] = after
        if before != after:
            for pool, address in self._within(after):
                pool.block(address)
            for pool, address in self._within(before):
                pool.unblock(address)

    def ask(self, kind: str, name: Name, families: Iterable[Family], seed: str, first: int | None = None) -> None:
        """Claims an address of each of the families, and gives back those of others.

        `seed` decides which; `first` is the index in the range of one to be had before all others.
        """
        wanted = set(families)
        for family, pool in self._pools[kind].items():
            if family in wanted:
                pool.claim(name, seed, None if first is None else int(pool.network.network_address) + first)
            else:
                pool.release(name)

    def settle(self) -> dict[str, set[Name]]:
        """By kind, the names of those whose addresses are others than before."""
        return {kind: set().union(*(pool.settle() for pool in pools.values())) for kind, pools in self._pools.items()}

    def addresses_of(self, kind: str, name: Name) -> dict[Family, str]:
        """What was handed out to an object, in text, by family in the order of the ranges."""
        held = ((family, pool.address_of(name)) for family, pool in self._pools[kind].items())
        return {family: _text(family, address) for family, address in held if address is not None}

    def shortages(self) -> Iterable[tuple[str, Network, list[Name]]]:
        """The ranges that have too few addresses: of which kind, and the names of those who got none."""
        for kind, pools in self._pools.items():
            for pool in pools.values():
                if waiting := sorted(pool.waiting):
                    yield kind, pool.network, waiting

    def _within(self, addresses: Iterable[IPAddress]) -> Iterable[tuple[AddressPool[Name], int]]:
        for ip in addresses:
            for pools in self._pools.values():
                pool = pools["IPv4" if ip.version == 4 else "IPv6"]
                if pool.has(int(ip)):
                    yield pool, int(ip)


def _service_pool(network: Network) -> AddressPool[Name]:
    start = int(network.network_address)
    return AddressPool(network, reserved=(start + KUBERNETES_INDEX, start + DNS_INDEX))


def _text(family: Family, address: int) -> str:
    return str(IPv4Address(address) if family == "IPv4" else IPv6Address(address))
