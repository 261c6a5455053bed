"""What expressions in options of plugins may ask about a query: `name()`, `client_ip()`, `incidr(…)` and so on.

The functions are those of CoreDNS (plugin/pkg/expression). The only module here that knows queries; no syntax.
"""

import ipaddress
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from clusterdns.corefile import parse_ip, parse_network
from clusterdns.corefile.expression import BOOL, INT, STRING, Function
from clusterdns.dns.codes import class_text, type_text
from clusterdns.dns.names import name_text
from clusterdns.dns.query import Query

PERSONAL: Final = frozenset({"client_ip", "port", "id", "server_ip", "server_port", "metadata"})
"""Functions that may give something else to who asks the same, with the same EDNS over the same transport."""

_ASKED: Final[dict[str, tuple[str, Callable[[Query], Any]]]] = {
    "type": (STRING, lambda query: type_text(query.qtype)),
    "name": (STRING, lambda query: name_text(query.name)),
    "class": (STRING, lambda query: class_text(query.qclass)),
    "proto": (STRING, lambda query: query.transport),
    "size": (INT, lambda query: query.length),
    "client_ip": (STRING, lambda query: query.client[0]),
    "port": (STRING, lambda query: str(query.client[1])),
    "id": (INT, lambda query: query.id),
    "opcode": (INT, lambda query: query.opcode),
    "do": (BOOL, lambda query: query.do),
    "bufsize": (INT, lambda query: query.size),
    "server_ip": (STRING, lambda query: query.local[0]),
    "server_port": (STRING, lambda query: str(query.local[1])),
}


_network = lru_cache(maxsize=256)(parse_network)  # most are written out in the expression


def query_functions(query_of: Callable[[Any], Query]) -> dict[str, Function]:
    """The functions, for expressions that are evaluated for something of which `query_of` gives the query."""
    functions = {name: Function((), kind, _asking(ask, query_of)) for name, (kind, ask) in _ASKED.items()}
    functions["incidr"] = Function((STRING, STRING), BOOL, lambda _, address, network: in_network(address, network))
    functions["metadata"] = Function((STRING,), STRING, lambda subject, label: metadata(query_of(subject), label))
    return functions


def _asking(ask: Callable[[Query], Any], query_of: Callable[[Any], Query]) -> Callable[[Any], Any]:
    return lambda subject: ask(query_of(subject))


def in_network(address: str, network: str) -> bool:
    """Is the address in the network? Raises `ValueError` for what is neither."""
    found = parse_ip(address)
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return (mapped or found) in _network(network)


def metadata(query: Query, label: str) -> str:
    """What plugins noted about the query under the label; empty if nothing."""
    return "" if query.metadata is None else str(query.metadata.get(label, ""))
