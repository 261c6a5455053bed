"""Counters, gauges and histograms, and how those of several processes add up.

Plain numbers in dicts, so that counting costs one increment; what Prometheus reads is made when somebody asks. Knows no
HTTP and no plugin. Names and labels are CoreDNS's, given by whoever counts.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate
from typing import Final, NamedTuple

Labels = tuple[str, ...]

DURATION_BUCKETS: Final = tuple(0.00025 * 2**power for power in range(16))
"""Seconds; CoreDNS's `plugin.TimeBuckets`."""
SLIM_DURATION_BUCKETS: Final = (0.00025, 0.0025, 0.025, 0.25, 2.5)
"""Seconds; CoreDNS's `plugin.SlimTimeBuckets`."""


class Sample(NamedTuple):
    """One line of the exposition format; `suffix` is "", "_bucket", "_sum" or "_count"."""

    suffix: str
    labels: tuple[tuple[str, str], ...]
    value: float


class Family(NamedTuple):
    """All samples of one metric; `kind` is counter, gauge or histogram.

    A `common` one says the same in every process, so that those of several processes are not added up.
    """

    name: str
    kind: str
    help: str
    samples: list[Sample]
    common: bool = False


class Counter:
    """A number per label values that only grows; `kind` gauge makes it settable."""

    def __init__(self, name: str, text: str, labels: Labels, kind: str = "counter", *, common: bool = False) -> None:
        self.name = name
        self.text = text
        self.labels = labels
        self.kind = kind
        self.common = common
        self.values: defaultdict[Labels, float] = defaultdict(int, {} if labels else {(): 0})

    def add(self, labels: Labels = (), amount: float = 1) -> None:
        """Counts `amount` more under these label values."""
        self.values[labels] += amount

    def set(self, labels: Labels, value: float) -> None:
        """Sets a gauge."""
        self.values[labels] = value

    def family(self) -> Family:
        samples = [Sample("", tuple(zip(self.labels, key, strict=True)), value) for key, value in self.values.items()]
        return Family(self.name, self.kind, self.text, samples, self.common)


class Series:
    """Values of a histogram that have the same labels: how many there were up to each bound, and their sum."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)  # each without those below the bound before
        self.total = 0.0

    def observe(self, value: float, times: int = 1) -> None:
        """Counts a value `times` times."""
        self.counts[bisect_left(self.bounds, value)] += times
        self.total += value * times


class Histogram:
    """How often values fell below each of the bounds, per label values."""

    kind: Final = "histogram"

    def __init__(self, name: str, text: str, labels: Labels, buckets: Iterable[float]) -> None:
        self.name = name
        self.text = text
        self.labels = labels
        self.buckets = tuple(buckets)
        self._series: dict[Labels, Series] = {}

    def series(self, labels: Labels = ()) -> Series:
        """Where values of these labels are counted, for who has many."""
        series = self._series.get(labels)
        if series is None:
            series = self._series[labels] = Series(self.buckets)
        return series

    def observe(self, labels: Labels, value: float, times: int = 1) -> None:
        """Counts a value `times` times."""
        self.series(labels).observe(value, times)

    def family(self) -> Family:
        return Family(self.name, self.kind, self.text, list(self._samples()))

    def _samples(self) -> Iterator[Sample]:
        bounds = (*map(_bound, self.buckets), "+Inf")
        for key, series in self._series.items():
            labels = tuple(zip(self.labels, key, strict=True))
            count = 0
            for bound, count in zip(bounds, accumulate(series.counts), strict=True):
                yield Sample("_bucket", (*labels, ("le", bound)), count)
            yield Sample("_sum", labels, series.total)
            yield Sample("_count", labels, count)


def _bound(value: float) -> str:
    return f"{value:g}" if value < 1e6 else str(value)


class Metrics:
    """All metrics of a process. Asking twice for a name gives the same one, as when two server blocks use a plugin."""

    def __init__(self) -> None:
        self._metrics: dict[str, Counter | Histogram] = {}
        self._before: list[Callable[[], None]] = []

    def counter(self, name: str, text: str, labels: Labels = ()) -> Counter:
        """The counter of that name, made if need be."""
        return self._counter(name, text, labels, "counter")

    def gauge(self, name: str, text: str, labels: Labels = (), *, common: bool = False) -> Counter:
        """The gauge of that name, made if need be; `common` for what is the same in every process."""
        return self._counter(name, text, labels, "gauge", common=common)

    def histogram(self, name: str, text: str, labels: Labels = (), buckets: Iterable[float] = ()) -> Histogram:
        """The histogram of that name, made if need be; `buckets` are upper bounds."""
        known = self._metrics.get(name)
        if not isinstance(known, Histogram):
            known = self._metrics[name] = Histogram(name, text, labels, buckets)
        return known

    def _counter(self, name: str, text: str, labels: Labels, kind: str, *, common: bool = False) -> Counter:
        known = self._metrics.get(name)
        if not isinstance(known, Counter):
            known = self._metrics[name] = Counter(name, text, labels, kind, common=common)
        return known

    def before_collect(self, update: Callable[[], None]) -> None:
        """Has `update` called before metrics are read, to count what was put off until somebody asks.

        Who came last is called first: it may count what an earlier one puts off.
        """
        self._before.append(update)

    def forget(self, update: Callable[[], None]) -> None:
        """Takes back `before_collect`."""
        self._before.remove(update)

    def collect(self) -> list[Family]:
        """Every metric as it stands now."""
        for update in reversed(self._before):
            update()
        return [metric.family() for metric in self._metrics.values()]


def merge(processes: Iterable[list[Family]]) -> list[Family]:
    """The metrics of several processes as one: samples of the same labels are added up."""
    families: dict[str, Family] = {}
    totals: dict[str, dict[tuple[str, tuple[tuple[str, str], ...]], float]] = {}
    for collected in processes:
        for family in collected:
            families.setdefault(family.name, family)
            sums = totals.setdefault(family.name, {})
            for sample in family.samples:
                key = (sample.suffix, sample.labels)
                sums[key] = sample.value if family.common else sums.get(key, 0) + sample.value
    return [
        family._replace(samples=[Sample(*key, value) for key, value in totals[name].items()])
        for name, family in families.items()
    ]
