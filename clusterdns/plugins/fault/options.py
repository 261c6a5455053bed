"""Faults as they are written: keywords of a call, which are also the options of a Corefile.

Says what is wrong with a value. Knows neither a Corefile's places nor queries.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeVar

from clusterdns.corefile import parse_ip, parse_network, quoted
from clusterdns.dns import codes
from clusterdns.plugins.fault.effects import Drop, Effect, OldAnswer, Rcode, Truncate, WrongAddress
from clusterdns.plugins.fault.faults import Fault, Network
from clusterdns.plugins.fault.scope import NamePattern, Scope
from clusterdns.records.selectors import Selector, parse_selector

T = TypeVar("T")
Texts = str | Sequence[str]

_MOST_RCODE: Final = 15  # what the header has room for; more takes an OPT record, which a client may not know


def make_fault(
    pattern: Texts = (),
    *,
    type: Texts = (),
    client: Texts = (),
    namespace: Texts = (),
    selector: str | Mapping[str, str] = "",
    rcode: str | int | None = None,
    empty: bool = False,
    drop: bool = False,
    truncate: bool = False,
    address: Texts = (),
    stale: bool | float = False,
    delay: float = 0.0,
    jitter: float = 0.0,
    times: int | None = None,
    share: float = 1.0,
    seed: int = 0,
) -> Fault:
    """A fault for queries that meet all of these: of several texts one is enough, and none of them is any.

    `pattern` is a name, or many with `*` for any characters and `?` for one; `type` is `A` and the like; `client` an
    address or network; `namespace` that of the name; `selector` asks for labels of the Service whose name it is.

    It has one effect: a response code, an `empty` answer (NODATA), to `drop` the query, to `truncate` the reply (over
    UDP only), a wrong `address`, or a `stale` answer, the one before its latest change, for so many seconds after it
    (True is without end). It comes `delay` seconds late, and by chance up to `jitter` more; a delay alone will do.

    It strikes the first `times` queries, and only a `share` of them (0 to 1), which `seed` chooses. Raises
    `ValueError`.
    """
    effects = list(_effects(rcode, address, stale=stale, empty=empty, drop=drop, truncate=truncate))
    if len(effects) > 1:
        raise ValueError(f"{' and '.join(name for name, _ in effects)} exclude each other (make two faults of it)")
    if not effects and not delay and not jitter:
        raise ValueError("nothing to do (rcode, empty, drop, truncate, address, stale or delay)")
    if drop and (delay or jitter):
        raise ValueError("what is dropped can't be delayed")
    for name, value in (("delay", delay), ("jitter", jitter), ("stale", stale)):
        if not isinstance(value, float | int):
            raise ValueError(f"{name} {value!r} is no number of seconds (0.05)")  # noqa: TRY004 - as for all of its options
        if not value >= 0:
            raise ValueError(f"{name} {value} is less than 0 seconds")
    if times is not None and times < 1:
        raise ValueError(f"times {times} is less than 1")
    return Fault(
        Scope(
            tuple(map(NamePattern, _texts(pattern))),
            frozenset(map(parse_type, _texts(type))),
            frozenset(_texts(namespace)),
            _selector(selector),
        ),
        effects[0][1] if effects else Effect(),
        clients=tuple(map(parse_client, _texts(client))),
        times=times,
        share=parse_share(share),
        seed=seed,
        delay=delay,
        jitter=jitter,
    )


def _effects(
    rcode: str | int | None, address: Texts, *, stale: bool | float, empty: bool, drop: bool, truncate: bool
) -> Iterator[tuple[str, Effect]]:
    if rcode is not None:
        yield "rcode", Rcode(parse_rcode(rcode))
    if empty:
        yield "empty", Rcode(codes.NOERROR)
    if drop:
        yield "drop", Drop()
    if truncate:
        yield "truncate", Truncate()
    if address:
        yield "address", WrongAddress(tuple(map(parse_address, _texts(address))))
    if stale is not False:
        yield "stale", OldAnswer(math.inf if stale is True else stale)


def parse_type(text: str) -> int:
    """The number of a record type. Raises `ValueError`."""
    number = codes.parse_type(text)
    if number is None:
        raise ValueError(f"{quoted(text)} is no record type (A, AAAA, SRV … or TYPE65280)")
    return number


def parse_rcode(text: str | int) -> int:
    """A response code, by name or number. Raises `ValueError`."""
    number = codes.RCODES.get(text.upper()) if isinstance(text, str) else text
    if number is None and isinstance(text, str) and text.isascii() and text.isdigit():
        number = int(text)
    if number is None or not 0 <= number <= _MOST_RCODE:
        raise ValueError(
            f"{quoted(str(text))} is no response code (SERVFAIL, NXDOMAIN, REFUSED … or 0 to {_MOST_RCODE})"
        )
    return number


def parse_client(text: str) -> Network:
    """A network, or a single address as one. Raises `ValueError`."""
    return parse_network(text if "/" in text else f"{text}/{parse_ip(text).max_prefixlen}")


def parse_address(text: str) -> tuple[int, bytes]:
    """Record type and data of an address. Raises `ValueError`."""
    address = parse_ip(text)
    return codes.A if address.version == 4 else codes.AAAA, address.packed


def parse_share(text: str | float) -> float:
    """A share, such as 0.3 or `30%`. Raises `ValueError`."""
    try:
        share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1) if isinstance(text, str) else text
    except ValueError:
        share = math.nan
    if not 0 < share <= 1:
        raise ValueError(f"{quoted(str(text))} is no share (0.3 or 30%, more than 0 and at most 1 or 100%)")
    return share


def _selector(given: str | Mapping[str, str]) -> Selector:
    return parse_selector(given if isinstance(given, str) else ",".join(f"{key}={given[key]}" for key in given))


def _texts(given: Texts) -> Sequence[str]:
    return (given,) if isinstance(given, str) else given
