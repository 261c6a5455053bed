"""Replies of services: which records a question gets of what is kept (CoreDNS's plugin/backend_lookup.go).

Knows services and records. Must not know where services come from.
"""

import math
from collections.abc import Sequence
from typing import Final

from clusterdns.dns import codes
from clusterdns.dns.names import Name, encode_name, is_subdomain, labels, name_text
from clusterdns.dns.query import Query
from clusterdns.dns.record import Record
from clusterdns.dns.reply import Reply
from clusterdns.plugins.etcd.client import EtcdError
from clusterdns.plugins.etcd.services import NotFound, Service, Store

_MOST_ALIASES: Final = 10  # one behind the other
_MOST_FOLLOWINGS: Final = 1000  # names that a question may lead to, when each has several aliases
_LEAST_TTL: Final = 30  # seconds, of the SOA and of denials
_WEIGHT: Final = 100
_LONGEST_STRING: Final = 255


class TooManyAliases(Exception):
    """A few names that are aliases of each other lead to millions of chains; following them would take for ever."""


def soa_of(zone: Name, serial: int) -> Record:
    """The SOA of a zone, which nobody keeps."""
    numbers = (serial, 7200, 1800, 86400, _LEAST_TTL)
    names = b"\x02ns\x03dns" + zone + b"\x0ahostmaster" + zone
    return Record(zone, codes.SOA, _LEAST_TTL, names + b"".join(number.to_bytes(4, "big") for number in numbers))


class Answers:
    """Finds the reply to one query."""

    def __init__(self, store: Store, query: Query, zone: Name, serial: int) -> None:
        self._store = store
        self._query = query
        self._zone = zone
        self._serial = serial
        self._is_cut = False
        self._followings = 0

    async def reply(self) -> Reply:
        """The reply, empty where the name has no such records.

        Raises `NotFound`, `EtcdError`, `BadName` and `TooManyAliases`.
        """
        query = self._query
        reply = Reply.to(query, flags=codes.AA)
        match query.qtype:
            case codes.A | codes.AAAA | codes.TXT:
                reply.answer = await self._followed(query.spelled, query.qtype, [])
            case codes.CNAME:
                services = await self._store.services(query.name, query.qtype, exact=True)
                reply.answer = [_alias(query.spelled, each) for each in services[:1] if each.address is None]
            case codes.PTR:
                services = await self._store.services(query.name, query.qtype, exact=True)
                hosts = {each.host: each for each in reversed(services) if each.address is None}
                reply.answer = [
                    Record(query.spelled, codes.PTR, hosts[host].ttl, encode_name(host))
                    for host in dict.fromkeys(each.host for each in services)
                    if host in hosts
                ]
            case codes.SRV:
                reply.answer, reply.additional = await self._srv()
            case codes.MX:
                reply.answer, reply.additional = await self._mx()
            case codes.SOA:
                reply.answer = [soa_of(self._zone, self._serial)]
            case codes.NS if query.name == self._zone:
                reply.answer, reply.additional = await self._ns()
            case _:
                await self._at(query.name, codes.A)  # does the name exist?
        if self._is_cut:
            reply.flags |= codes.TC
        return reply

    async def _at(self, name: Name, qtype: int) -> list[Service]:
        """What is kept of a name; of the zone's own in a place apart, if there is something."""
        if name == self._zone:
            try:
                return await self._store.services(b"\x04apex\x03dns" + name, qtype, exact=False)
            except NotFound:
                pass
        return await self._store.services(name, qtype, exact=False)

    async def _followed(self, spelled: bytes, qtype: int, aliases: Sequence[Record]) -> list[Record]:
        """The records of a type, aliases and what they lead to."""
        self._followings += 1
        if self._followings > _MOST_FOLLOWINGS:
            raise TooManyAliases(f"{name_text(self._query.name)} leads to too many names")
        name, found = spelled.lower(), []
        services = await (
            self._at(name, qtype) if qtype != codes.TXT else self._store.services(name, qtype, exact=False)
        )
        seen = set()
        for service in services:
            if service.kind == codes.CNAME:
                found += await self._follow(spelled, service, qtype, aliases)
            elif service.kind == qtype:
                value = service.text if qtype == codes.TXT else service.host
                if value not in seen:
                    seen.add(value)
                    found.append(_text(spelled, service) if qtype == codes.TXT else _address(spelled, service))
        return found

    async def _follow(self, spelled: bytes, service: Service, qtype: int, aliases: Sequence[Record]) -> list[Record]:
        alias = _alias(spelled, service)
        target = alias.rdata
        if is_subdomain(target.lower(), spelled.lower()) or len(aliases) > _MOST_ALIASES:
            return []
        if any(known.rdata == target for known in aliases):
            return []
        if is_subdomain(target.lower(), self._zone):
            try:
                found = await self._followed(target, qtype, [*aliases, alias])
            except (NotFound, EtcdError):
                return []
            return [alias, *found] if found else []
        reply = await self._query.server.ask(self._query, target, qtype)
        if reply is None:
            return []
        self._is_cut = self._is_cut or bool(reply.flags & codes.TC and qtype != codes.TXT)
        return [alias, *reply.answer]

    async def _srv(self) -> tuple[list[Record], list[Record]]:
        services = await self._store.services(self._query.name, codes.SRV, exact=False)
        weights: dict[int, int] = {}
        for service in services:
            weights[service.priority] = weights.get(service.priority, 0) + (service.weight or _WEIGHT)
        found, targets = _Found(), set[bytes]()
        for service in services:
            if service.port == -1:
                continue
            share = _share(service.weight or _WEIGHT, weights[service.priority])
            numbers = b"".join(
                (number & 0xFFFF).to_bytes(2, "big") for number in (service.priority, share, service.port)
            )
            if service.kind == codes.CNAME:
                target = _target(service, service.host)
                found.answer.append(Record(self._query.spelled, codes.SRV, service.ttl, numbers + target))
                if target not in targets:
                    targets.add(target)
                    found.additional += await self._addresses(target)
            elif service.address is not None:
                target = _target(service, _domain(service.key))
                if found.is_new(target, service.port):
                    found.answer.append(Record(self._query.spelled, codes.SRV, service.ttl, numbers + target))
                if found.is_new(target, service.host):
                    found.additional.append(_address(target, service))
        return found.answer, found.additional

    async def _mx(self) -> tuple[list[Record], list[Record]]:
        found, targets = _Found(), set[bytes]()
        for service in await self._store.services(self._query.name, codes.MX, exact=False):
            if not service.mail:
                continue
            preference = (service.priority & 0xFFFF).to_bytes(2, "big")
            if service.kind == codes.CNAME:
                target = _target(service, service.host)
                found.answer.append(Record(self._query.spelled, codes.MX, service.ttl, preference + target))
                if target not in targets:
                    targets.add(target)
                    found.additional += await self._addresses(target)
            elif service.address is not None:
                whole = encode_name(_domain(service.key))
                target = _target(service, _domain(service.key))
                if found.is_new(target, service.priority):
                    found.answer.append(Record(self._query.spelled, codes.MX, service.ttl, preference + target))
                if found.is_new(whole, service.host):
                    found.additional.append(_address(whole, service))
        return found.answer, found.additional

    async def _addresses(self, target: bytes) -> list[Record]:
        """What goes along with a target: of one outside the zone both families, of one inside IPv4 (as in CoreDNS)."""
        if is_subdomain(target.lower(), self._zone):
            try:
                return await self._followed(target, codes.A, [])
            except (NotFound, EtcdError):
                return []
        first = await self._query.server.ask(self._query, target, codes.A)
        second = await self._query.server.ask(self._query, target, codes.AAAA)
        more = [] if second is None else [record for record in second.answer if record.rtype != codes.CNAME]
        return [*([] if first is None else first.answer), *more]

    async def _ns(self) -> tuple[list[Record], list[Record]]:
        servers: dict[bytes, Record] = {}
        additional = []
        for service in await self._store.services(b"\x02ns\x03dns" + self._zone, codes.NS, exact=False):
            if service.kind == codes.CNAME:
                raise EtcdError(f"NS record must be an IP address: {service.host}")
            if service.address is not None:
                target = _target(service, _domain(service.key))
                additional.append(_address(target, service))
                servers.setdefault(target, Record(self._query.spelled, codes.NS, service.ttl, target))
        return list(servers.values()), additional


class _Found:
    """Records, none of them twice."""

    def __init__(self) -> None:
        self.answer: list[Record] = []
        self.additional: list[Record] = []
        self._seen: set[tuple[bytes, object]] = set()

    def is_new(self, name: bytes, what: object) -> bool:
        if (name, what) in self._seen:
            return False
        self._seen.add((name, what))
        return True


def _share(weight: int, total: int) -> int:
    """Of 100, and at least 1; weights may be negative, and then CoreDNS's reckoning in 16 bits is anybody's guess."""
    return (math.floor(100.0 / total * weight) & 0xFFFF if total else 0) or 1


def _alias(owner: bytes, service: Service) -> Record:
    return Record(owner, codes.CNAME, service.ttl, encode_name(service.host))


def _address(owner: bytes, service: Service) -> Record:
    address = service.address
    assert address is not None
    return Record(owner, codes.A if address.version == 4 else codes.AAAA, service.ttl, address.packed)


def _text(owner: bytes, service: Service) -> Record:
    """The text in strings of 255 octets; one of just so many has an empty one behind it, as in CoreDNS."""
    raw = service.text.encode()
    ends = range(0, len(raw) + 1 if len(raw) >= _LONGEST_STRING else 1, _LONGEST_STRING)
    strings = [raw[at : at + _LONGEST_STRING] for at in ends]
    return Record(owner, codes.TXT, service.ttl, b"".join(bytes([len(each)]) + each for each in strings))


def _domain(key: str) -> str:
    """The name that a key is of; its first part is where all records are."""
    parts = key.removesuffix("/").split("/")[2:]
    return ".".join(reversed(parts)) + "."


def _target(service: Service, host: str) -> bytes:
    """The target of a record: a name without as many labels as the service says, unless it has no more."""
    name = encode_name(host)
    parts = labels(name)
    if not 0 < service.targetstrip < len(parts):
        return name
    return b"".join(bytes([len(part)]) + part for part in parts[service.targetstrip :]) + b"\0"
