"""A walk in a test: what is said of each name, and what was asked and came out."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from clusterdns.dns import codes
from clusterdns.stub import Ask, Ended, Heard, ResolvConf, walk

POD = ResolvConf(("10.96.0.10",), ("default.svc.cluster.local", "svc.cluster.local"), ("ndots:5",))
FOUND = Heard(codes.NOERROR, found=True)
NODATA = Heard(codes.NOERROR)
NXDOMAIN = Heard(codes.NXDOMAIN)
SERVFAIL = Heard(codes.SERVFAIL)
REFUSED = Heard(codes.REFUSED)
SILENCE = Heard(None)


class Walked(NamedTuple):
    asked: list[Ask]
    ended: Ended

    @property
    def names(self) -> list[str]:
        return [ask.name for ask in self.asked]


def walked(
    resolver: str,
    name: str,
    heard: Heard | Mapping[str, Heard] | Callable[[str, int], Heard] = NXDOMAIN,
    conf: ResolvConf = POD,
    types: tuple[int, ...] = (codes.A, codes.AAAA),
) -> Walked:
    """The whole walk. `heard` is what each name gets, by name (others get NXDOMAIN) or by name and type."""
    steps = walk(resolver, conf, name, types)
    asked: list[Ask] = []
    try:
        ask = next(steps)
        while True:
            asked.append(ask)
            ask = steps.send({rtype: _heard(heard, ask.name, rtype) for rtype in ask.types})
    except StopIteration as stop:
        return Walked(asked, stop.value)


def _heard(heard: Heard | Mapping[str, Heard] | Callable[[str, int], Heard], name: str, rtype: int) -> Heard:
    if isinstance(heard, Heard):
        return heard
    return heard.get(name, NXDOMAIN) if isinstance(heard, Mapping) else heard(name, rtype)
