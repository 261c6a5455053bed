"""Rules about the EDNS options of a query: of local use, NSID, client subnet.

A query without OPT record gets one, also by a rule that then finds nothing to do, as in CoreDNS. Knows queries and
options, no chain and no Corefile.
"""

import ipaddress
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from clusterdns.dns.edns import Opt
from clusterdns.dns.names import name_text
from clusterdns.dns.query import Query
from clusterdns.plugins.rewrite.changes import OptionChange
from clusterdns.plugins.rewrite.rules import Changes, Rule

SET: Final = "set"
APPEND: Final = "append"
REPLACE: Final = "replace"
UNSET: Final = "unset"
ACTIONS: Final = (SET, APPEND, REPLACE, UNSET)

_SIZE: Final = 4096  # octets that the OPT record offers which a query is given
_OF_KNOWN_FORM: Final = frozenset({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15, 18, 19})
"""Options that CoreDNS takes to pieces, and so does not find when it looks for those of local use."""

Value = Callable[[Query], bytes | None]
"""What an option is to hold for a query; None if there is nothing."""


@dataclass(frozen=True)
class Option:
    """What a rule does to the option of a code.

    `local`: the options that are meant are those of no form that CoreDNS knows. `once`: `append` adds no second one.
    """

    code: int
    action: str
    revert: bool = False
    local: bool = False
    once: bool = False

    @property
    def echoed(self) -> tuple[int, ...]:
        """See `Rule.echoed`: that it is of local use."""
        return (self.code,) if self.local else ()

    def apply(self, query: Query, data: bytes) -> Changes | None:
        """Does it, and returns what undoes it in the reply; None if there was nothing to do."""
        opt = query.opt or Opt(_SIZE)
        options = list(opt.options)
        at = self._find(opt)
        changes: Changes | None = None
        if self.action == UNSET:
            options = [option for option in options if option[0] != self.code]
            changes = ()
        elif at is not None and self.action in (SET, REPLACE):
            changes = self._changes(options[at][1])
            options[at] = self.code, data
        elif self.action in (SET, APPEND) and not (self.once and at is not None):
            options.append((self.code, data))
            changes = self._changes(None)
        query.replace_opt(Opt(opt.size, opt.flags, tuple(options), opt.version, opt.rcode_high))
        return changes

    def _find(self, opt: Opt) -> int | None:
        if self.local and self.code in _OF_KNOWN_FORM:
            return None
        return next((at for at, (code, _) in enumerate(opt.options) if code == self.code), None)

    def _changes(self, before: bytes | None) -> Changes:
        return [OptionChange(self.code, before)] if self.revert else ()


class OptionRule(Rule):
    """Sets an option to the same for everybody, or takes it away."""

    def __init__(self, option: Option, data: bytes, *, stop: bool) -> None:
        super().__init__(stop=stop)
        self._option = option
        self._data = data
        self.echoed = option.echoed

    def apply(self, query: Query) -> Changes | None:
        return self._option.apply(query, self._data)


class SubnetRule(Rule):
    """Tells an upstream which network the client is in (RFC 7871), by so many bits of its address."""

    personal = True

    def __init__(self, option: Option, bits_v4: int, bits_v6: int, *, stop: bool) -> None:
        super().__init__(stop=stop)
        self._option = option
        self._bits = {4: bits_v4, 6: bits_v6}

    def apply(self, query: Query) -> Changes | None:
        address = _address(query.client[0])
        bits = self._bits[address.version]
        network = ipaddress.ip_network((address, bits), strict=False).network_address.packed[: (bits + 7) // 8]
        family = 1 if address.version == 4 else 2
        return self._option.apply(query, struct.pack("!HBB", family, bits, 0) + network)


class VariableRule(Rule):
    """Sets an option of local use to what is only known when the query comes. Without that it does nothing at all."""

    def __init__(self, option: Option, variable: str, *, stop: bool) -> None:
        super().__init__(stop=stop)
        self._option = option
        self.echoed = option.echoed
        self._value = VARIABLES.get(variable) or _metadata(variable)
        self.personal = variable not in _OF_THE_QUESTION
        self.spelled = variable == "qname"

    def apply(self, query: Query) -> Changes | None:
        data = self._value(query)
        return None if data is None else self._option.apply(query, data)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    return ipaddress.ip_address(host.partition("%")[0])


def _metadata(label: str) -> Value:
    def value(query: Query) -> bytes | None:
        metadata = query.metadata or {}
        return str(metadata.get(label, "")).encode("utf-8", "surrogateescape") or None

    return value


VARIABLES: Final[dict[str, Value]] = {
    "qname": lambda query: name_text(query.spelled).encode("utf-8", "surrogateescape"),
    "qtype": lambda query: query.qtype.to_bytes(2, "big"),
    "client_ip": lambda query: _address(query.client[0]).packed,
    "client_port": lambda query: query.client[1].to_bytes(2, "big"),
    "protocol": lambda query: query.transport.encode(),
    "server_ip": lambda query: _address(query.local[0]).packed,
    "server_port": lambda query: query.local[1].to_bytes(2, "big"),
}
"""What an option may be set to, beside labels of metadata."""

_OF_THE_QUESTION: Final = frozenset({"qname", "qtype", "protocol"})
