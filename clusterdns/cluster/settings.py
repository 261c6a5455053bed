"""What the operator of a cluster decides before it starts: ranges of addresses, number of Nodes, the domain.

A value without behaviour, shared by the control plane and whoever compiles records. It knows nothing of objects.
"""

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from itertools import product
from typing import Literal

Network = IPv4Network | IPv6Network
Family = Literal["IPv4", "IPv6"]

DEFAULT_SERVICE_CIDRS: tuple[Network, ...] = (IPv4Network("10.96.0.0/12"), IPv6Network("fd00:10:96::/112"))
DEFAULT_POD_CIDRS: tuple[Network, ...] = (IPv4Network("10.244.0.0/16"), IPv6Network("fd00:10:244::/56"))


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of a cluster. The family of the first range is the one that objects get which ask for none.

    Raises `ValueError`, in a sentence for the user, when ranges overlap or there is no Node.
    """

    service_cidrs: tuple[Network, ...] = DEFAULT_SERVICE_CIDRS
    pod_cidrs: tuple[Network, ...] = DEFAULT_POD_CIDRS
    nodes: int = 2
    cluster_domain: str = "cluster.local"
    bare: bool = False  # nothing built in

    def __post_init__(self) -> None:
        for services, pods in product(self.service_cidrs, self.pod_cidrs):
            if services.version == pods.version and services.overlaps(pods):
                raise ValueError(f"the ranges of Services ({services}) and of Pods ({pods}) overlap; choose others")
        if self.nodes < 1:
            raise ValueError(f"{self.nodes} Nodes make no cluster (at least 1)")


def family_of(network: Network) -> Family:
    return "IPv4" if network.version == 4 else "IPv6"


def parse_cidrs(text: str, default: tuple[Network, ...]) -> tuple[Network, ...]:
    """Ranges from `CIDR,...`, at most one of each family; a family left out keeps its range of `default`.

    Raises `ValueError` that names the part which is no range.
    """
    given: dict[int, Network] = {}
    for part in text.split(","):
        try:
            network = ip_network(part.strip())
        except ValueError as error:
            raise ValueError(f"'{part.strip()}' is not a range of addresses like {default[0]} ({error})") from None
        if "/" not in part:
            size = next(each.prefixlen for each in default if each.version == network.version)
            range_ = ip_network((network.network_address, size), strict=False)
            raise ValueError(f"'{part.strip()}' is one address; a range has a length, such as {range_}")
        if network.version in given:
            raise ValueError(f"'{text}' has two ranges of {family_of(network)}; one of each family can be given")
        given[network.version] = network
    return (*given.values(), *(network for network in default if network.version not in given))
