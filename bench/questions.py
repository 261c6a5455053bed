"""What is asked: streams of questions, each a function of its seed alone.

`walks`, `pods` and `never_forwarded` ask nothing twice, nor what they ask for another seed.
"""

from collections.abc import Callable, Iterator
from random import Random
from typing import Final

from bench import cluster
from bench.messages import AAAA, DENIED, EMPTY, NOERROR, SRV, A, Expected, Question, name_of, plain, real

UPSTREAM_ZONE: Final = "example."
UPSTREAM_ADDRESS: Final = "192.0.2.7"  # of every name in the zone
FORWARDED_NAMES: Final = 1000

Stream = Callable[[int], Iterator[Question]]

_MIX: Final = (("A", 85), ("SRV", 5), ("AAAA", 5), ("missing", 5))  # percent
_BLOCK: Final = 1 << 40  # of numbers per seed, so that seeds have no name in common


def known(seed: int) -> Iterator[Question]:
    """Names of Services: A 85 %, SRV 5 %, AAAA 5 %, names that don't exist 5 %."""
    for name, qtype, expected in _known(Random(seed)):
        yield Question(plain(name, qtype), expected)


def real_clients(seed: int) -> Iterator[Question]:
    """The same names with EDNS, random case and a cookie of its own in every query."""
    chance = Random(seed)
    for name, qtype, expected in _known(chance):
        yield Question(real(name, qtype, chance), expected)


def headless(seed: int) -> Iterator[Question]:
    """Names of headless Services, whose addresses take turns."""
    chance = Random(seed)
    names = [(name_of(each.fqdn), _addresses(*each.addresses)) for each in cluster.headless_services()]
    while True:
        name, expected = chance.choice(names)
        yield Question(plain(name, A), expected)


def revised() -> Question:
    """The name of the Service that is changed under load: all of its addresses have to be of one revision."""
    revisions = [_addresses(*cluster.revised(number).addresses) for number in range(cluster.REVISIONS)]
    expected = Expected(NOERROR, others=frozenset(each.answers for each in revisions))
    return Question(plain(name_of(cluster.revised(0).fqdn), A), expected)


def walks(seed: int) -> Iterator[Question]:
    """A stub resolver with `ndots:5` tries outside names in the search path first, for A and for AAAA."""
    suffixes = [
        [name_of(suffix) for suffix in (f"team-{n}.svc.cluster.local", "svc.cluster.local", "cluster.local")]
        for n in range(cluster.NAMESPACES)
    ]
    chance = Random(seed)
    for number in _numbers(seed):
        host = name_of(f"cdn-{number:x}.assets.example")[:-1]
        for suffix in suffixes[chance.randrange(cluster.NAMESPACES)]:
            yield Question(plain(host + suffix, A), DENIED)
            yield Question(plain(host + suffix, AAAA), DENIED)


def pods(seed: int) -> Iterator[Question]:
    """Names of Pod addresses; of each seed's 16 million, all differ."""
    chance = Random(seed)
    suffixes = [name_of(f"team-{n}.pod.cluster.local") for n in range(cluster.NAMESPACES)]
    for number in range(1 << 24):
        octets = (10 + seed % 200, number >> 16, number >> 8 & 0xFF, number & 0xFF)
        label = "{}-{}-{}-{}".format(*octets).encode()
        wire = plain(bytes([len(label)]) + label + chance.choice(suffixes), A)
        yield Question(wire, _addresses("{}.{}.{}.{}".format(*octets)))


def forwarded(seed: int) -> Iterator[Question]:
    """A thousand names outside the cluster."""
    chance = Random(seed)
    names = [name_of(f"host-{n}.team-{n % 10}.{UPSTREAM_ZONE}") for n in range(FORWARDED_NAMES)]
    expected = _addresses(UPSTREAM_ADDRESS)
    while True:
        yield Question(plain(chance.choice(names), A), expected)


def never_forwarded(seed: int) -> Iterator[Question]:
    """Names outside the cluster, each only once."""
    suffix, expected = name_of(f"team-1.{UPSTREAM_ZONE}"), _addresses(UPSTREAM_ADDRESS)
    for number in _numbers(seed):
        label = b"host-%x" % number
        yield Question(plain(bytes([len(label)]) + label + suffix, A), expected)


def _known(chance: Random) -> Iterator[tuple[bytes, int, Expected]]:
    kinds = [kind for kind, percent in _MIX for _ in range(percent)]
    pools: dict[str, list[tuple[bytes, int, Expected]]] = {kind: [] for kind, _ in _MIX}
    for each in cluster.services():
        name = name_of(each.fqdn)
        srv = Expected(NOERROR, frozenset({("SRV", cluster.srv_data(each))}))
        pools["A"].append((name, A, _addresses(*each.addresses)))
        pools["SRV"].append((name_of(f"_http._tcp.{each.fqdn}"), SRV, srv))
        pools["AAAA"].append((name, AAAA, EMPTY))
        pools["missing"].append((name_of(f"gone-{each.fqdn}"), A, DENIED))
    while True:
        yield chance.choice(pools[chance.choice(kinds)])


def _addresses(*addresses: str) -> Expected:
    return Expected(NOERROR, frozenset(("A", address) for address in addresses))


def _numbers(seed: int) -> Iterator[int]:
    """Numbers that no other seed has, in an order that does not help a cache."""
    start = seed * _BLOCK
    return (start + (number * 0x9E3779B1 & 0xFFFFFFFF) for number in range(1 << 32))
