"""Addresses for those who were given none: out of a range, never one twice, always the same one.

Every claimant has a sequence of wishes, which follows from its seed alone and in the end names every address of the
range. A contested address belongs to the smallest claimant. So who holds what is the one stable matching of claims
and addresses (Gale and Shapley): it depends on the claims only, not on their order or history, and a claim that comes
or goes moves no other unless they wish for the same address.
"""

from collections.abc import Iterable
from hashlib import blake2b
from typing import Any, Generic, Protocol, TypeVar

from clusterdns.cluster.settings import Network


class Ordered(Protocol):
    def __lt__(self, other: Any, /) -> bool: ...
    def __hash__(self) -> int: ...


C = TypeVar("C", bound=Ordered)
WITHDRAWN = -2


class _Claim(Generic[C]):
    """A claimant and how far it has come in its wishes. Wishes walk the range in odd steps, so they name all of it."""

    __slots__ = ("address", "claimant", "first", "offset", "seed", "step", "turn")

    def __init__(self, claimant: C, seed: str, first: int | None) -> None:
        digest = blake2b(seed.encode(), digest_size=32).digest()
        self.claimant, self.seed, self.first = claimant, seed, first
        self.offset = int.from_bytes(digest[:16], "big")
        self.step = int.from_bytes(digest[16:], "big") | 1
        self.address: int | None = None
        self.restart()

    def restart(self) -> None:
        self.turn = 0 if self.first is None else -1


class AddressPool(Generic[C]):
    """The addresses of one range, as numbers. Claims and blocks take effect at `settle`."""

    def __init__(self, network: Network, reserved: Iterable[int] = ()) -> None:
        """Of an IPv4 range, network and broadcast address are never handed out, nor is the first of an IPv6 range.

        `reserved` are handed out only to claims that name them.
        """
        self.network = network
        self._first = int(network.network_address)
        self._size = network.num_addresses
        edges = {self._first, self._first + self._size - 1} if network.version == 4 else {self._first}
        self._blocks: dict[int, int] = dict.fromkeys(edges, 1)
        self._reserved = {address for address in reserved if self.has(address)} - edges
        self._claims: dict[C, _Claim[C]] = {}
        self._holders: dict[int, _Claim[C]] = {}
        self._losers: dict[int, dict[_Claim[C], int]] = {}  # who wished for an address in vain, and at which turn
        self._pending: dict[C, _Claim[C]] = {}
        self._waiting: dict[C, _Claim[C]] = {}  # those for whom the range is too small
        self._offers: list[int] = []
        self._before: dict[C, int | None] = {}

    def has(self, address: int) -> bool:
        return self._first <= address < self._first + self._size

    def address_of(self, claimant: C) -> int | None:
        """What a claimant holds; None if it has no claim, or the range has too few addresses."""
        claim = self._claims.get(claimant)
        return claim.address if claim else None

    @property
    def waiting(self) -> Iterable[C]:
        """The claimants that have no address, since the range has too few."""
        return self._waiting.keys()

    def claim(self, claimant: C, seed: str, first: int | None = None) -> None:
        """Asks for an address, before all others for `first` if that is reserved. To ask again changes nothing."""
        first = first if first in self._reserved else None
        old = self._claims.get(claimant)
        if old and (old.seed, old.first) == (seed, first):
            return
        self.release(claimant)
        self._claims[claimant] = self._pending[claimant] = _Claim(claimant, seed, first)

    def release(self, claimant: C) -> None:
        """Gives back what a claimant holds, if it claimed anything."""
        if claim := self._claims.pop(claimant, None):
            self._withdraw(claim)
            self._waiting.pop(claimant, None)

    def block(self, address: int) -> None:
        """Takes out an address that somebody has by other means; it takes as many `unblock` to have it back."""
        self._blocks[address] = self._blocks.get(address, 0) + 1
        if holder := self._holders.get(address):
            self._leave(holder)
            self._lose(address, holder)
            self._pending[holder.claimant] = holder

    def unblock(self, address: int) -> None:
        self._blocks[address] -= 1
        if not self._blocks[address]:
            del self._blocks[address]
            self._offers.append(address)

    def settle(self) -> set[C]:
        """Matches claims and addresses anew; returns the claimants whose address is another than before."""
        self._admit()
        while self._pending or self._offers:
            # Offers first: a claim that wishes on must not have left behind an address which is free by now.
            if self._offers:
                self._offer(self._offers.pop())
            else:
                self._place(self._pending.popitem()[1])
        before, self._before = self._before, {}
        return {claimant for claimant, address in before.items() if self.address_of(claimant) != address}

    def _admit(self) -> None:
        """Lets no more claims in than the range has addresses: those for reserved ones, then the smallest."""
        capacity = self._size - len(self._blocks.keys() | self._reserved)
        if len(self._claims) <= capacity and not self._waiting:
            return
        reserved = {claim.first for claim in self._claims.values()} & self._reserved - self._blocks.keys()
        capacity += len(reserved)
        ranked = sorted(self._claims, key=lambda claimant: (self._claims[claimant].first is None, claimant))
        for claimant in ranked[:capacity]:
            if claim := self._waiting.pop(claimant, None):
                claim.restart()
                self._pending[claimant] = claim
        for claimant in ranked[capacity:]:
            if claimant not in self._waiting:
                self._waiting[claimant] = self._claims[claimant]
                self._withdraw(self._claims[claimant])

    def _place(self, claim: _Claim[C]) -> None:
        """Lets a claim wish until it gets an address; whom it displaces wishes on."""
        while True:
            address = self._wish(claim)
            if address in self._reserved and address != claim.first:
                claim.turn += 1
                continue
            holder = self._holders.get(address)
            if address not in self._blocks and (holder is None or claim.claimant < holder.claimant):
                if holder:
                    self._leave(holder)
                self._take(claim, address)
                if holder is None:
                    return
                claim = holder
            self._lose(address, claim)

    def _offer(self, address: int) -> None:
        """Gives an address that became free to the smallest of those who wished for it before what they hold."""
        losers = self._losers.pop(address, None)
        if losers is None or address in self._blocks:
            if losers:
                self._losers[address] = losers
            return
        losers = {claim: turn for claim, turn in losers.items() if turn < claim.turn}
        holder = self._holders.get(address)
        best = min(losers, key=lambda claim: claim.claimant, default=None)
        if best and (holder is None or best.claimant < holder.claimant):
            self._pending.pop(best.claimant, None)
            self._leave(best)
            best.turn = losers.pop(best)
            if holder:
                self._leave(holder)
                losers[holder] = holder.turn
                holder.turn += 1
                self._pending[holder.claimant] = holder
            self._take(best, address)
        if losers:
            self._losers[address] = losers

    def _wish(self, claim: _Claim[C]) -> int:
        if claim.turn < 0 and claim.first is not None:
            return claim.first
        return self._first + (claim.offset + claim.turn * claim.step) % self._size

    def _lose(self, address: int, claim: _Claim[C]) -> None:
        self._losers.setdefault(address, {}).setdefault(claim, claim.turn)
        claim.turn += 1

    def _take(self, claim: _Claim[C], address: int) -> None:
        self._before.setdefault(claim.claimant, claim.address)
        claim.address = address
        self._holders[address] = claim

    def _leave(self, claim: _Claim[C]) -> None:
        if claim.address is not None:
            self._before.setdefault(claim.claimant, claim.address)
            del self._holders[claim.address]
            self._offers.append(claim.address)
            claim.address = None

    def _withdraw(self, claim: _Claim[C]) -> None:
        self._pending.pop(claim.claimant, None)
        self._leave(claim)
        claim.turn = WITHDRAWN
