"""transfer: gives whole zones to secondaries, by AXFR and IXFR over TCP, and tells them of changes.

The zones are those of other plugins of the server block, such as file and kubernetes. An IXFR is answered with the
whole zone, or with the SOA alone if the client has the current serial. Without this plugin all transfers are refused.

Syntax:
    transfer [ZONES...] {
        to ADDRESS...
        source ADDRESS
    }

ZONES default to those of the server block. `to` names the secondaries, `*` is any; those with an address also get a
NOTIFY when a zone is loaded, at port 53 or the port given. `source` is the address from which NOTIFY is sent.

Examples:
    example.org {
        file db.example.org
        transfer {
            to 192.0.2.53 [2001:db8::53]:5353
        }
    }

    . {
        file db.example.org example.org
        transfer example.org {
            to *
        }
    }
"""

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from clusterdns.corefile import Args, host_port, split_host_port
from clusterdns.dns import codes
from clusterdns.dns.names import IPAddress, Name, longest_match, name_text, parse_name
from clusterdns.dns.query import UDP, Query
from clusterdns.dns.record import Record
from clusterdns.dns.reply import Reply, Unanswered
from clusterdns.logs import Log
from clusterdns.plugins.base import Next, Plugin, Setting, Transferable
from clusterdns.plugins.transfer.notify import Notifier, Secondary
from clusterdns.records.zones.zone import serial_of

_SYNTAX: Final = "transfer [ZONES...]"
_OPTIONS: Final = {"to": "to ADDRESS...|*", "source": "source ADDRESS"}
_MESSAGE_SIZE: Final = 63000  # octets of records; leaves room for the header and the question


@dataclass
class Rule:
    """Who may transfer the zones of one `transfer` block."""

    zones: tuple[Name, ...]
    anyone: bool = False
    secondaries: list[Secondary] = field(default_factory=list)
    source: IPAddress | None = None  # of NOTIFY

    def allows(self, client: str) -> bool:
        """May this address transfer?"""
        address = ipaddress.ip_address(client)
        return self.anyone or any(address == secondary.address for secondary in self.secondaries)


class Transfer(Plugin):
    """Answers AXFR and IXFR for whom the rules allow it."""

    name = "transfer"

    def __init__(self, setting: Setting) -> None:
        self.rules: list[Rule] = []
        self.notifier = Notifier(setting.world.log)
        self._plugins = setting.plugins
        self._log = setting.world.log

    async def serve(self, query: Query, next: Next) -> Reply:
        if query.qtype not in codes.TRANSFERS:
            return await next(query)
        if query.transport == UDP:
            raise Unanswered(codes.REFUSED)
        rule = self._rule(query.name)
        if rule is None:
            return await next(query)
        if not rule.allows(query.client[0]):
            return Reply.to(query, codes.REFUSED)
        batches = self._transfer(query.name, _serial_known_to(query))
        if batches is None:
            return await next(query)
        return _reply_to(query, batches, self._log)

    def notify(self, zone: Name) -> None:
        """Tells the secondaries of a zone that it has changed."""
        rule = self._rule(zone)
        if rule is not None:
            self.notifier.tell(zone, rule.secondaries, rule.source)

    def _rule(self, name: Name) -> Rule | None:
        """The rule whose zone is the longest match, the first of several."""
        zone = longest_match(name, tuple(zone for rule in self.rules for zone in rule.zones))
        return next((rule for rule in self.rules if zone in rule.zones), None)

    def _transfer(self, zone: Name, serial: int | None) -> Iterable[list[Record]] | None:
        """All of a zone, from the first plugin that has it."""
        for plugin in self._plugins.values():
            if isinstance(plugin, Transferable):
                batches = plugin.transfer(zone, serial)
                if batches is not None:
                    return batches
        return None


def _serial_known_to(query: Query) -> int | None:
    """The serial that the client of an IXFR has; None for AXFR and, as in CoreDNS, for 0."""
    if query.qtype == codes.AXFR:
        return None
    if query.serial is None:
        raise Unanswered(codes.SERVFAIL)
    return query.serial or None


def _reply_to(query: Query, batches: Iterable[list[Record]], log: Log) -> Reply:
    """The zone, message by message; a SOA that stands alone says that the client has it all (RFC 1995 section 2)."""
    messages = _messages(batches)
    first = next(messages)
    if len(first) == 1:
        reply = Reply.to(query)
        reply.answer = first
        log.info(f"Outgoing noop, incremental transfer for up to date zone {_described(query, first[0])}", "transfer")
        return reply
    reply = Reply.to(query, flags=codes.AA)
    reply.transfer = _logged(query, chain([first], messages), log)
    return reply


def _messages(batches: Iterable[list[Record]]) -> Iterator[list[Record]]:
    """Records in batches that fit a message."""
    message: list[Record] = []
    size = 0
    for record in chain.from_iterable(batches):
        if message and size + len(record) > _MESSAGE_SIZE:
            yield message
            message, size = [], 0
        message.append(record)
        size += len(record)
    yield message


def _logged(query: Query, messages: Iterable[list[Record]], log: Log) -> Iterator[list[Record]]:
    """The messages; the log hears of them when the last is out."""
    count, soa = 0, None
    for message in messages:
        soa = soa or message[0]
        count += len(message)
        yield message
    if soa is not None:
        log.info(f"Outgoing transfer of {count} records of zone {_described(query, soa)}", "transfer")


def _described(query: Query, soa: Record) -> str:
    return f'"{name_text(query.spelled)}" to {query.client[0]} for {serial_of(soa)} SOA serial'


def setup(args: Args, setting: Setting) -> Plugin:
    """Reads all `transfer` blocks. Raises `CorefileError`."""
    plugin = Transfer(setting)
    for _ in args.each(_SYNTAX):
        rule = Rule(tuple(map(parse_name, args.zones(args.words()))))
        for option in args.options(_OPTIONS):
            if option == "to":
                _read_to(args, rule)
            elif rule.source is not None:
                raise args.error("source is already given")
            else:
                rule.source = args.ip(args.words(1, 1)[0], "source")
        if not rule.anyone and not rule.secondaries:
            raise args.error("'to' is missing", hint=_OPTIONS["to"])
        plugin.rules.append(rule)
    if setting.world.leads:
        setting.on_zone_change(plugin.notify)
        setting.on_stop(plugin.notifier.stop)
    return plugin


def _read_to(args: Args, rule: Rule) -> None:
    for word in args.words(1):
        if word == "*":
            rule.anyone = True
            continue
        try:
            host, port = split_host_port(host_port(word))
            rule.secondaries.append(Secondary(ipaddress.ip_address(host), int(port)))
        except ValueError as error:
            raise args.error(str(error), word) from None
