"""The file that gives addresses of a name their weights, and the choice of an address by weight.

A line with a name begins a list, a line with an address and a weight of 1 to 255 adds to it; `#` begins a comment line.
Knows no queries.
"""

from bisect import bisect
from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_address
from itertools import accumulate
from pathlib import Path
from random import Random

from clusterdns.corefile import duration_text
from clusterdns.dns.names import BadName, Name, parse_name
from clusterdns.dns.record import Record
from clusterdns.logs import Log
from clusterdns.plugins.base import Setting, StartError

Weights = Mapping[Name, Mapping[bytes, int]]
"""Name -> packed address -> weight."""


class BadWeights(ValueError):
    """A line that can't be read; the message has its number."""


def parse_weights(text: str) -> Weights:
    """Reads a weight file. Raises `BadWeights`."""
    weights: dict[Name, dict[bytes, int]] = {}
    current: dict[bytes, int] | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        fields = line.split()
        if not fields or fields[0].startswith("#"):
            continue
        if len(fields) == 1:
            current = weights.setdefault(_name(fields[0], number), {})
        elif len(fields) > 2:
            raise BadWeights(f"{number}: '{line.strip()}' is neither NAME nor ADDRESS WEIGHT")
        elif current is None:
            raise BadWeights(f"{number}: an address before the first name")
        else:
            current.setdefault(_address(fields[0], number), _weight(fields[1], number))
    return weights


def _name(field: str, number: int) -> Name:
    if _packed(field) is not None:
        raise BadWeights(f"{number}: the address {field} has no weight")
    try:
        return parse_name(field)
    except BadName as error:
        raise BadWeights(f"{number}: {error}") from None


def _address(field: str, number: int) -> bytes:
    packed = _packed(field)
    if packed is None:
        raise BadWeights(f"{number}: '{field}' is not an IP address")
    return packed


def _packed(field: str) -> bytes | None:
    try:
        return ip_address(field).packed
    except ValueError:
        return None


def _weight(field: str, number: int) -> int:
    if not field.isascii() or not field.isdigit() or not 1 <= int(field[:4]) <= 255:
        raise BadWeights(f"{number}: the weight '{field}' is not a number from 1 to 255")
    return int(field)


def choose(addresses: Sequence[Record], weights: Weights, random: Random) -> int:
    """The index of one of the address records, by chance and weight; an address without weight has 1."""
    bounds = list(accumulate(weights.get(record.owner.lower(), {}).get(record.rdata, 1) for record in addresses))
    return bisect(bounds, random.randrange(bounds[-1]))


class WeightFile:
    """A weight file that may change. `weights` are those of its last good state; none before the first."""

    def __init__(self, path: Path, log: Log, reload: float) -> None:
        self.path = path
        self.log = log
        self.reload = reload  # seconds, 0 is never
        self.weights: Weights = {}
        self._text: str | None = None

    def watch(self, setting: Setting) -> None:
        """Has the file read at the start and looked at again from time to time."""
        setting.on_start(self._start)
        setting.on_check(self._check)
        if self.reload:
            setting.every(self.reload, self._look)

    async def _start(self) -> None:
        try:
            self._read()
        except FileNotFoundError:
            if not self.reload:
                raise StartError(f"loadbalance: {self.path} does not exist") from None
            again = duration_text(self.reload)
            self.log.warning(f"{self.path} does not exist, looking again in {again}", "loadbalance")
        except (OSError, BadWeights) as error:
            raise StartError(f"loadbalance: {self._problem(error)}") from None

    def _look(self) -> None:
        try:
            self._read()
        except (OSError, BadWeights) as error:
            self.log.error(self._problem(error), "loadbalance")

    def _check(self) -> Iterator[str]:
        try:
            self._read()
        except (OSError, BadWeights) as error:
            yield f"loadbalance: {self._problem(error)}"

    def _problem(self, error: OSError | BadWeights) -> str:
        return f"{self.path}:{error}" if isinstance(error, BadWeights) else f"{self.path}: {error.strerror}"

    def _read(self) -> None:
        text = self.path.read_text(errors="surrogateescape")
        if text == self._text:
            return
        self._text = text
        self.weights = parse_weights(text)
        self.log.info(f"Successfully reloaded weight file {self.path}", "loadbalance")
