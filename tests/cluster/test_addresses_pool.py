"""Who holds which address of a range follows from the claims alone."""

from collections.abc import Iterable
from ipaddress import ip_network

from hypothesis import given, settings
from hypothesis import strategies as st

from clusterdns.cluster.addresses import AddressPool

CLAIMANTS = st.sampled_from([f"pod-{number}" for number in range(20)])
ADDRESSES = st.integers(0, 15)
STEPS = st.one_of(
    st.tuples(st.just("claim"), CLAIMANTS, st.sampled_from(["a", "b"]), st.sampled_from([None, None, 1])),
    st.tuples(st.just("release"), CLAIMANTS),
    st.tuples(st.just("block"), ADDRESSES),
    st.tuples(st.just("unblock"), ADDRESSES),
)
Claims = dict[str, tuple[str, int | None]]


def pool_of(claims: Claims, blocks: Iterable[int]) -> AddressPool[str]:
    pool: AddressPool[str] = AddressPool(ip_network("0.0.0.0/28"), reserved=(1,))
    for address in blocks:
        pool.block(address)
    for claimant, (seed, first) in claims.items():
        pool.claim(claimant, seed + claimant, first)
    pool.settle()
    return pool


def held(pool: AddressPool[str], claims: Claims) -> dict[str, int]:
    return {one: address for one in sorted(claims) if (address := pool.address_of(one)) is not None}


@settings(deadline=None, max_examples=300)
@given(st.lists(st.lists(STEPS, max_size=5), max_size=12))
def test_neither_order_nor_history_decides_on_an_address(rounds: list[list[tuple]]) -> None:
    pool = pool_of({}, ())
    claims: Claims = {}
    blocks: list[int] = []
    before: dict[str, int] = {}
    for steps in rounds:
        for step in steps:
            match step:
                case "claim", claimant, seed, first:
                    claims[claimant] = (seed, first)
                    pool.claim(claimant, seed + claimant, first)
                case "release", claimant:
                    claims.pop(claimant, None)
                    pool.release(claimant)
                case "block", address:
                    blocks.append(address)
                    pool.block(address)
                case "unblock", address if address in blocks:
                    blocks.remove(address)
                    pool.unblock(address)
        moved = pool.settle()
        now = held(pool, claims)
        backwards = dict(reversed(claims.items()))
        assert now == held(pool_of(claims, blocks), claims) == held(pool_of(backwards, blocks), claims)
        assert moved == {one for one in before | now if before.get(one) != now.get(one)}
        assert len(set(now.values())) == len(now)
        assert not set(now.values()) & {0, 15, *blocks}
        assert all(claims[one][1] == 1 for one, address in now.items() if address == 1)
        assert set(pool.waiting) == claims.keys() - now.keys()
        before = now


def test_a_range_is_used_up_to_its_last_address() -> None:
    pool: AddressPool[str] = AddressPool(ip_network("10.0.0.0/28"))
    for number in range(15):
        pool.claim(f"pod-{number:02}", f"pod-{number}")
    pool.settle()
    assert sorted(pool.address_of(f"pod-{number:02}") for number in range(14)) == [*range(0x0A000001, 0x0A00000F)]
    assert list(pool.waiting) == ["pod-14"]


def test_who_waits_for_an_address_gets_the_one_that_becomes_free() -> None:
    pool: AddressPool[str] = AddressPool(ip_network("10.0.0.0/30"))
    for name in ("a", "b", "c"):
        pool.claim(name, name)
    pool.settle()
    free = pool.address_of("a")
    pool.release("a")
    assert pool.settle() >= {"a", "c"}
    assert {pool.address_of("b"), pool.address_of("c")} >= {free}
    assert not list(pool.waiting)
