"""SkyDNS's records: a name's keys in etcd, and what their values say.

Knows names and services, as CoreDNS's plugin/etcd/msg reads them. Must not know which records are made of them.
"""

import ipaddress
from typing import Annotated, Any, Final, NamedTuple

import msgspec

from clusterdns.dns import codes
from clusterdns.dns.names import Name, label_text, labels
from clusterdns.plugins.etcd.client import Client, EtcdError, KeyValue

LONGEST_TTL: Final = 2**32 - 1
"""Seconds, as records and leases have them."""

_WILDCARDS: Final = ("*", "any")
_PRIORITY: Final = 10
_TTL: Final = 300  # seconds, of a record that says none


class NotFound(Exception):
    """Nothing is kept of a name."""


class Settings(NamedTuple):
    """Where records are, and what bounds the TTL of one with a lease, in seconds."""

    path: str
    least_ttl: int
    most_ttl: int


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """One value. `host` is an address or a name; `key` is where it was found."""

    host: str = ""
    port: int = 0
    priority: int = 0
    weight: int = 0
    text: str = ""
    mail: bool = False
    ttl: Annotated[int, msgspec.Meta(ge=0, le=LONGEST_TTL)] = 0
    targetstrip: int = 0
    group: str = ""
    key: str = ""

    @property
    def address(self) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
        """The host if it is an address."""
        try:
            found = ipaddress.ip_address(self.host)
        except ValueError:
            return None
        return getattr(found, "ipv4_mapped", None) or found

    @property
    def kind(self) -> int:
        """The type of record that it is first of all."""
        address = self.address
        if address is None:
            return codes.TXT if self.text else codes.CNAME
        return codes.A if address.version == 4 else codes.AAAA


class Store:
    """The records of a path."""

    def __init__(self, client: Client, settings: Settings) -> None:
        self._client = client
        self._settings = settings

    async def services(self, name: Name, qtype: int, *, exact: bool) -> list[Service]:
        """What is kept of a name, and unless `exact` below it. Raises `NotFound` and `EtcdError`."""
        parts = [
            "",
            *self._settings.path.strip("/").split("/"),
            *(label_text(label) for label in reversed(labels(name))),
        ]
        wild = next((index for index, part in enumerate(parts) if part in _WILDCARDS), None)
        path = "/".join(parts[:wild])
        found = [] if exact else await self._client.get_below(f"{path}/")
        found = found or await self._client.get(path)
        if not found:
            raise NotFound
        if wild is not None:
            found = [each for each in found if _fits(each.key.split("/"), parts)]
        return _grouped(await self._read(found, qtype))

    async def _read(self, found: list[KeyValue], qtype: int) -> list[Service]:
        services: dict[Service, Service] = {}
        for each in found:
            service = _parse(each)
            if service in services or not (service.host or (qtype == codes.TXT and service.text)):
                continue
            ttl = await self._ttl(each.lease, service.ttl)
            services[service] = msgspec.structs.replace(service, ttl=ttl, priority=service.priority or _PRIORITY)
        return list(services.values())

    async def _ttl(self, lease: int, said: int) -> int:
        """The shorter of what a record says and what its lease leaves it."""
        left = await self._client.time_to_live(lease) if lease else 0
        if left <= 0:
            return said or _TTL
        left = min(max(left, self._settings.least_ttl), self._settings.most_ttl)
        return min(left, said) if said else left


def _parse(found: KeyValue) -> Service:
    """What a value says, as Go reads JSON: whatever the case of its fields, and null says nothing.

    Raises `EtcdError`.
    """
    try:
        fields = msgspec.json.decode(found.value, type=dict[str, Any] | None) or {}
        said = {name.lower(): value for name, value in fields.items() if value is not None}
        return msgspec.convert({**said, "key": found.key}, Service)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise EtcdError(f"{found.key}: {error}") from None


def _fits(key: list[str], parts: list[str]) -> bool:
    """Does a key have the labels of a name with wildcards?"""
    return len(key) >= len(parts) and all(
        part in _WILDCARDS or part == label for part, label in zip(parts, key, strict=False)
    )


def _grouped(services: list[Service]) -> list[Service]:
    """Those of the group that the service with the shortest key has, and those of none."""
    if not services:
        return services
    depths = [service.key.count("/") for service in services]
    group, depth = services[0].group, depths[0]
    for service, slashes in zip(services, depths, strict=True):
        if slashes < depth:
            if not service.group:
                break
            depth, group = slashes, service.group
    if not group:
        return services
    if any(
        slashes == depth and service.group not in ("", group) for service, slashes in zip(services, depths, strict=True)
    ):
        return services
    return [service for service in services if service.group in ("", group)]
