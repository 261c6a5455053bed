import pytest
from chain import Chain, make_query

from clusterdns.corefile import CorefileError
from clusterdns.dns.reply import FOREVER, NEVER

ANSWER = 'template ANY ANY . {\n answer "{{ .Name }} 60 IN TXT right"\n }'
HERE, THERE, IPV6 = "10.1.0.1", "192.0.2.1", "2001:db8::1"


def chain_of(*policies, zones="", block="."):
    rules = f"acl {zones} {{\n" + "\n".join(policies) + "\n}"
    return Chain(f"{block} {{\n {rules}\n {ANSWER}\n}}")


def outcome(chain, question="web.example. A", client=HERE):
    """What becomes of a query: allowed, blocked, filtered or dropped."""
    lines = chain.ask(question, client=client)
    return "allowed" if "right" in lines[-1] else {"REFUSED": "blocked", "NOERROR": "filtered"}.get(lines[0], lines[0])


def test_a_blocked_query_is_refused_with_the_reason():
    reply = chain_of("block").reply(make_query("web.example. A"))
    assert (reply.rcode, reply.answer, reply.opt.options) == (5, [], ((15, b"\x00\x0f"),))


def test_a_filtered_query_finds_nothing_and_learns_why():
    reply = chain_of("filter").reply(make_query("web.example. A"))
    assert (reply.rcode, reply.flags, reply.answer, reply.opt.options) == (0, 0x100, [], ((15, b"\x00\x11"),))


def test_a_dropped_query_gets_no_reply():
    assert outcome(chain_of("drop")) == "dropped"


def test_clients_are_told_by_network():
    chain = chain_of("allow net 10.0.0.0/8 2001:db8::/64", "block")
    assert [outcome(chain, client=client) for client in (HERE, THERE, IPV6)] == ["allowed", "blocked", "allowed"]
    assert outcome(chain, client="2001:db8::7%eth0") == "allowed"


def test_a_single_address_is_a_network():
    chain = chain_of("block net 10.1.0.1 2001:db8::1")
    assert [outcome(chain, client=client) for client in (HERE, "10.1.0.2", IPV6)] == ["blocked", "allowed", "blocked"]


@pytest.mark.parametrize("net", ["*", "192.0.2.0/24 *", "* nonsense"])
def test_a_star_is_every_network(net):
    assert outcome(chain_of(f"block net {net}"), client=IPV6) == "blocked"


def test_queries_are_told_by_type():
    chain = chain_of("filter type A AAAA")
    assert [outcome(chain, f"web.example. {rtype}") for rtype in ("A", "TXT")] == ["filtered", "allowed"]
    assert outcome(chain_of("block type * nonsense"), "web.example. TXT") == "blocked"
    assert outcome(chain_of("block type None"), "web.example. TXT") == "blocked"
    assert outcome(chain_of("block type ANY"), "web.example. TXT") == "allowed"


def test_type_and_network_have_to_fit_both():
    chain = chain_of("BLOCK NET 10.0.0.0/8 TYPE A net 192.0.2.0/24")
    asked = [("A", HERE), ("A", THERE), ("TXT", HERE), ("A", IPV6)]
    found = [outcome(chain, f"web.example. {rtype}", client) for rtype, client in asked]
    assert found == ["blocked", "blocked", "allowed", "allowed"]


def test_the_first_policy_that_fits_decides():
    chain = chain_of("filter type A", "allow net 10.0.0.0/8", "block")
    assert outcome(chain) == "filtered"
    assert outcome(chain, "web.example. TXT") == "allowed"
    assert outcome(chain, "web.example. TXT", THERE) == "blocked"


def test_directives_come_one_after_the_other_until_one_decides():
    text = f". {{\n acl a.example {{\n allow\n }}\n acl example {{\n block\n }}\n acl {{\n drop\n }}\n {ANSWER}\n}}"
    names = "x.a.example", "b.example", "other"
    assert [outcome(Chain(text), f"{name}. A") for name in names] == ["allowed", "blocked", "dropped"]


def test_zones_are_those_of_the_block_unless_named():
    chain = chain_of("block", zones="a.example b.example")
    assert [outcome(chain, f"{name}. A") for name in ("A.example", "x.b.example", "c.example")] == [
        "blocked", "blocked", "allowed",
    ]  # fmt: skip
    assert outcome(chain_of("block", block="example"), "web.other. A") == "allowed"


def test_each_verdict_is_counted():
    chain = chain_of("block net 10.0.0.1", "filter net 10.0.0.2", "drop net 10.0.0.3", zones="example")
    for last in (1, 1, 2, 3, 4):
        chain.ask("web.example. A", client=f"10.0.0.{last}")
    chain.ask("other. A")
    counted = {family.name: family.samples for family in chain.world.metrics.collect() if "acl" in family.name}
    assert {name.split("_")[2]: [(dict(s.labels), s.value) for s in samples] for name, samples in counted.items()} == {
        "allowed": [({"server": "dns://:53", "view": ""}, 2)],
        "blocked": [({"server": "dns://:53", "zone": "example.", "view": ""}, 2)],
        "filtered": [({"server": "dns://:53", "zone": "example.", "view": ""}, 1)],
        "dropped": [({"server": "dns://:53", "zone": "example.", "view": ""}, 1)],
    }


def test_only_what_is_the_same_for_all_clients_may_be_kept():
    chain = chain_of("filter type A", "block net 192.0.2.0/24", zones="example")
    kept = {question: chain.reply(make_query(question)).good_until for question in ("x.example. A", "x.example. TXT")}
    assert kept == {"x.example. A": FOREVER, "x.example. TXT": NEVER}
    assert chain.reply(make_query("other. TXT")).good_until == FOREVER


def test_zones_without_a_rule_are_passed_on():
    plugin = chain_of("block", zones="a.example").setting.plugins["acl"]
    zones = b"\x01a\x07example\0", b"\x07example\0", b"\x01x\x01a\x07example\0", b"\x01b\x07example\0"
    assert [plugin.passes(zone) for zone in zones] == [False, False, False, True]


@pytest.mark.parametrize(
    ("policy", "complaint"),
    [
        ("refuse", r"Corefile:3: acl: unknown action 'refuse' \(known are allow, block, filter, drop\)"),
        ("block A net 10.0.0.0/8", r"acl: unknown section 'A' \(known are type, net\)"),
        ("block type net 10.0.0.0/8", r"acl: nothing follows 'type' \(allow\|block\|filter\|drop \[type QTYPE"),
        ("block type A net", r"acl: nothing follows 'net'"),
        ("block type ABC", r"acl: unknown record type 'ABC'"),
        ("block type a", r"acl: unknown record type 'a'"),
        ("block net 10.0.0.0/33", r"acl: NETWORK '10\.0\.0\.0/33' is not a network"),
        ("block net 10.0.0", r"acl: NETWORK '10\.0\.0/32' is not a network"),
        ("block net 2001:db8:::1", r"acl: NETWORK '2001:db8:::1/128' is not a network"),
    ],
)
def test_a_policy_that_is_none_is_refused(policy, complaint):
    with pytest.raises(CorefileError, match=complaint):
        chain_of(policy)
