"""What clients get where a fault is meant for them, and that all others get what they would get without."""

import asyncio

import pytest
from chain import Chain, lines_of, make_query
from small_cluster import SmallCluster

from clusterdns.corefile import CorefileError
from clusterdns.dns.reply import FOREVER, NEVER
from clusterdns.plugins.fault import Faults, make_fault
from clusterdns.records.tables import Tables

OBJECTS = """
{kind: Namespace, metadata: {name: default}}
---
{kind: Namespace, metadata: {name: shop}}
---
kind: Service
metadata: {name: web, labels: {tier: front}}
spec: {clusterIP: 10.96.0.1, ports: [{name: http, port: 80}]}
---
kind: Service
metadata: {name: cart, namespace: shop, labels: {tier: back}}
spec: {clusterIP: 10.96.0.2, ports: [{port: 80}]}
"""
WEB, CART = "web.default.svc.cluster.local. A", "cart.shop.svc.cluster.local. A"
RIGHT = {
    WEB: ["NOERROR aa", "web.default.svc.cluster.local. 5 A 10.96.0.1"],
    CART: ["NOERROR aa", "cart.shop.svc.cluster.local. 5 A 10.96.0.2"],
}
SOA = "authority cluster.local. 5 SOA ns.dns.cluster.local. hostmaster.cluster.local. 1 7200 1800 86400 5"


def chain_of(*options, names="", objects=OBJECTS, above=""):
    """A cluster behind one fault of a Corefile."""
    fault = f" fault {names} {{\n  " + "\n  ".join(options) + "\n }\n" if options else ""
    cluster = SmallCluster(objects)
    chain = Chain(f"cluster.local 10.in-addr.arpa {{\n{above}{fault} kubernetes\n}}", tables=cluster.tables)
    chain.cluster = cluster
    return chain


def is_struck(chain, question, **how):
    return chain.ask(question, **how) == ["SERVFAIL"]


# What it does


def test_a_response_code_comes_instead_of_the_answer():
    assert chain_of("rcode SERVFAIL").ask(WEB) == ["SERVFAIL"]
    assert chain_of("rcode refused").ask(WEB) == ["REFUSED"]
    assert chain_of("rcode 4").ask(WEB) == ["NOTIMP"]


def test_a_name_can_be_denied_as_its_zone_would_deny_it():
    assert chain_of("rcode NXDOMAIN").ask(WEB) == ["NXDOMAIN aa", SOA]


def test_an_empty_answer_is_that_of_a_name_without_such_records():
    chain = chain_of("empty", "type A")
    assert chain.ask(WEB) == chain.ask(WEB.replace(" A", " AAAA")) == ["NOERROR aa", SOA]


def test_a_query_can_be_dropped():
    assert chain_of("drop").ask(WEB) == ["dropped"]


def test_a_truncated_reply_is_whole_over_tcp():
    chain = chain_of("truncate")
    assert chain.ask(WEB) == ["NOERROR aa tc"]
    assert chain.ask(WEB, transport="tcp") == RIGHT[WEB]


def test_a_wrong_address_is_given_where_an_address_is_asked_for():
    chain = chain_of("address 192.0.2.1 192.0.2.2 2001:db8::1")
    name = WEB.removesuffix("A")
    assert chain.ask(WEB) == ["NOERROR aa", f"{name}5 A 192.0.2.1", f"{name}5 A 192.0.2.2"]
    assert chain.ask(f"{name}AAAA") == ["NOERROR aa", f"{name}5 AAAA 2001:db8::1"]
    assert chain.ask(f"{name}SRV") == chain_of().ask(f"{name}SRV")


def test_a_wrong_address_of_one_family_leaves_the_other_alone():
    name = WEB.removesuffix("A")
    assert chain_of("address 192.0.2.1").ask(f"{name}AAAA") == chain_of().ask(f"{name}AAAA")


def test_a_delayed_reply_comes_late_and_keeps_nobody_waiting():
    chain = chain_of("delay 10h", "times 1")

    async def ask():
        late = asyncio.create_task(chain.answer(make_query(WEB)))
        await asyncio.sleep(0)
        prompt = lines_of(await chain.answer(make_query(WEB)))
        waiting = not late.done()
        late.cancel()
        return prompt, waiting

    assert asyncio.run(ask()) == (RIGHT[WEB], True)


def test_what_comes_late_is_still_right():
    chain = chain_of("delay 1ms 1ms")

    async def ask():
        began = asyncio.get_running_loop().time()
        lines = lines_of(await chain.answer(make_query(WEB)))
        return lines, asyncio.get_running_loop().time() - began

    lines, seconds = asyncio.run(ask())
    assert lines == RIGHT[WEB]
    assert seconds >= 0.001


# Old answers

NEWER = "{kind: Service, metadata: {name: web}, spec: {clusterIP: 10.96.0.9, ports: [{port: 80}]}}"
NEW = ["NOERROR aa", "web.default.svc.cluster.local. 5 A 10.96.0.9"]


def test_an_old_answer_is_given_so_often_after_a_change():
    chain = chain_of("stale", "times 2")
    assert chain.ask(WEB) == RIGHT[WEB]
    chain.cluster.apply(NEWER)
    assert [chain.ask(WEB) for _ in range(3)] == [RIGHT[WEB], RIGHT[WEB], NEW]


def test_an_old_answer_is_given_so_long_after_a_change():
    chain = chain_of("stale 2s")
    chain.cluster.apply(NEWER)
    chain.clock.now += 1.9
    assert chain.ask(WEB) == RIGHT[WEB]
    chain.clock.now += 0.1
    assert chain.ask(WEB) == NEW


def test_an_old_answer_is_the_one_before_the_last_change_of_that_name():
    chain = chain_of("stale")
    chain.cluster.apply(NEWER)
    for number in range(5):
        chain.cluster.apply(f"{{kind: Service, metadata: {{name: other-{number}}}, spec: {{clusterIP: 10.96.1.1}}}}")
    assert chain.ask(WEB) == RIGHT[WEB]
    assert chain.ask(CART) == RIGHT[CART]
    chain.cluster.apply(NEWER.replace("10.96.0.9", "10.96.0.10"))
    assert chain.ask(WEB) == NEW


def test_a_service_that_is_gone_is_still_answered_for_and_a_new_one_not_yet():
    chain = chain_of("stale")
    chain.cluster.delete("Service", "web")
    chain.cluster.apply("{kind: Service, metadata: {name: new}, spec: {clusterIP: 10.96.0.3}}")
    assert chain.ask(WEB) == RIGHT[WEB]
    assert chain.ask("new.default.svc.cluster.local. A")[0] == "NXDOMAIN aa"


def test_an_old_answer_is_not_taken_from_a_cache_nor_put_there():
    chain = chain_of("stale", "times 1", above=" cache\n")
    chain.ask(WEB)
    chain.cluster.apply(NEWER)
    chain.clock.now += 60
    assert chain.ask(WEB) == RIGHT[WEB]
    assert chain.ask(WEB) == NEW


def test_an_old_answer_is_taken_as_it_was_though_the_cache_has_the_new_one():
    chain = chain_of("stale", "times 1", "client 10.0.0.1", above=" cache\n")
    chain.cluster.apply(NEWER)
    assert chain.ask(WEB, client="10.0.0.2") == NEW
    assert chain.ask(WEB, client="10.0.0.1") == RIGHT[WEB]


# For whom


@pytest.mark.parametrize(
    ("names", "struck", "spared"),
    [
        ("web.default.svc.cluster.local", ["web.default.svc.cluster.local"], ["cart.shop.svc.cluster.local"]),
        ("WEB.Default.svc.cluster.local.", ["web.DEFAULT.svc.cluster.local"], ["x.web.default.svc.cluster.local"]),
        ("*.default.svc.cluster.local", ["a.b.default.svc.cluster.local"], ["default.svc.cluster.local"]),
        ("web-?.default.svc.*", ["web-0.default.svc.cluster.local"], ["web-10.default.svc.cluster.local"]),
        ("*", ["cluster.local", "1.0.96.10.in-addr.arpa"], []),
        ("a.cluster.local b.*", ["a.cluster.local", "b.cluster.local"], ["c.cluster.local"]),
        ("*é.x.*", ["caf\\195\\169.x.y"], ["cafe.x.y"]),
        ("a\\.b.*", ["a\\.b.c"], ["a.b.c"]),
        (".", ["."], ["com"]),
        ("*.f.*", ["a.f.cluster.local"], ["f.cluster.local", "a.g.cluster.local"]),
        ("", ["cluster.local"], []),
    ],
)
def test_names_are_told_by_pattern(names, struck, spared):
    chain = chain_of("rcode SERVFAIL", names=names)
    assert [name for name in (*struck, *spared) if is_struck(chain, f"{name.rstrip('.')}. TXT")] == struck


def test_types_are_told_apart():
    chain = chain_of("rcode SERVFAIL", "type AAAA SRV")
    name = WEB.removesuffix("A")
    assert [rtype for rtype in ("A", "AAAA", "SRV", "TXT") if is_struck(chain, name + rtype)] == ["AAAA", "SRV"]


def test_clients_are_told_by_address_or_network():
    chain = chain_of("rcode SERVFAIL", "client 10.1.0.0/16 192.0.2.7 2001:db8::/32")
    clients = "10.1.2.3", "10.2.2.3", "192.0.2.7", "192.0.2.8", "2001:db8::1", "2001:db9::1", "fe80::1%lo"
    assert [client for client in clients if is_struck(chain, WEB, client=client)] == [
        "10.1.2.3", "192.0.2.7", "2001:db8::1",
    ]  # fmt: skip


def test_names_are_told_by_namespace_also_those_that_nobody_has():
    chain = chain_of("rcode SERVFAIL", "namespace shop other")
    names = (
        "cart.shop.svc", "nope.shop.svc", "_http._tcp.cart.shop.svc", "10-1-2-3.shop.pod", "x.other.svc",
        "web.default.svc", "shop.svc", "shop",
    )  # fmt: skip
    struck = [name for name in names if is_struck(chain, f"{name}.cluster.local. A")]
    assert struck == [*names[:5], "shop.svc"]
    assert is_struck(chain, "2.0.96.10.in-addr.arpa. PTR")
    assert not is_struck(chain, "1.0.96.10.in-addr.arpa. PTR")


def test_names_are_told_by_the_labels_of_their_service():
    chain = chain_of("rcode SERVFAIL", "selector tier in (back, none), !legacy")
    names = "cart.shop.svc", "_http._tcp.cart.shop.svc", "web.default.svc", "nope.shop.svc", "shop.svc"
    assert [name for name in names if is_struck(chain, f"{name}.cluster.local. A")] == list(names[:2])
    assert is_struck(chain, "2.0.96.10.in-addr.arpa. PTR")
    chain.cluster.apply("{kind: Service, metadata: {name: web, labels: {tier: back}}, spec: {clusterIP: 10.96.0.1}}")
    assert is_struck(chain, WEB)


def test_the_endpoints_of_a_service_have_its_labels_in_both_directions():
    endpoints = """
---
kind: EndpointSlice
metadata: {name: cart-1, namespace: shop, labels: {kubernetes.io/service-name: cart}}
addressType: IPv4
endpoints: [{addresses: [10.244.0.1], hostname: cart-0}]
"""
    chain = chain_of("rcode SERVFAIL", "selector tier=back", "namespace shop", objects=OBJECTS + endpoints)
    assert is_struck(chain, "cart-0.cart.shop.svc.cluster.local. A")
    assert is_struck(chain, "1.0.244.10.in-addr.arpa. PTR")


# How often


def test_the_first_queries_alone_are_struck():
    chain = chain_of("rcode SERVFAIL", "times 2", names="web.*")
    assert [is_struck(chain, question) for question in (WEB, CART, WEB, WEB, WEB)] == [True, False, True, False, False]


def test_queries_that_a_fault_is_not_for_do_not_count():
    chain = chain_of("truncate", "client 10.0.0.1", "times 1")
    chain.ask(WEB, client="10.0.0.1", transport="tcp")
    chain.ask(WEB, client="10.0.0.2")
    assert chain.ask(WEB, client="10.0.0.1") == ["NOERROR aa tc"]
    assert chain.ask(WEB, client="10.0.0.1") == RIGHT[WEB]


def fates(chain, question, count):
    return [is_struck(chain, question) for _ in range(count)]


def test_a_share_of_the_queries_is_struck_and_the_same_the_next_time():
    first, again = (fates(chain_of("rcode SERVFAIL", "share 30%"), WEB, 1000) for _ in range(2))
    assert first == again
    assert 250 < sum(first) < 350


def test_what_others_ask_meanwhile_changes_no_fate():
    chain = chain_of("rcode SERVFAIL", "share 0.5")
    mixed = []
    for number in range(50):
        chain.ask(f"x{number}.cluster.local. A")
        mixed.append(is_struck(chain, WEB))
        chain.ask(CART)
    assert mixed == fates(chain_of("rcode SERVFAIL", "share 0.5"), WEB, 50)


def test_another_seed_makes_other_fates():
    one, other = (fates(chain_of("rcode SERVFAIL", "share 50%", f"seed {seed}"), WEB, 50) for seed in (1, 2))
    assert one != other


def test_a_share_of_the_first_queries():
    chain = chain_of("rcode SERVFAIL", "share 50%", "times 3")
    assert sum(fates(chain, WEB, 200)) == 3


# One after the other, and given by a program


def test_the_first_fault_that_strikes_has_the_query():
    text = "cluster.local {\n fault {\n rcode SERVFAIL\n times 1\n }\n fault {\n drop\n times 1\n }\n kubernetes\n}"
    chain = Chain(text, tables=SmallCluster(OBJECTS).tables)
    assert [chain.ask(WEB) for _ in range(3)] == [["SERVFAIL"], ["dropped"], RIGHT[WEB]]


def test_a_program_adds_faults_and_takes_them_back_while_queries_come():
    chain = chain_of("rcode NOTIMP", names="cart.*")
    faults = chain.world.shared(Faults)
    fault = make_fault("*.default.svc.cluster.local", rcode="SERVFAIL", type=["A", "AAAA"], client="10.240.0.0/16")
    faults.add(fault)
    assert (chain.ask(WEB), chain.ask(CART), fault.applied) == (["SERVFAIL"], ["NOTIMP"], 1)
    faults.remove(fault)
    assert (chain.ask(WEB), chain.ask(CART), fault.applied) == (RIGHT[WEB], ["NOTIMP"], 1)
    faults.add(fault)
    faults.clear()
    assert list(faults) == []
    assert chain.ask(WEB) == RIGHT[WEB]


def test_all_server_blocks_share_the_faults_of_a_program():
    chain = chain_of()
    assert chain.world.shared(Faults) is chain.world.shared(Faults)


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"rcode": "SERVFAIL", "drop": True}, r"rcode and drop exclude each other \(make two faults of it\)"),
        ({}, r"nothing to do \(rcode, empty, drop, truncate, address, stale or delay\)"),
        ({"rcode": "OOPS"}, "'OOPS' is no response code"),
        ({"rcode": 16}, "'16' is no response code"),
        ({"drop": True, "delay": 1}, "what is dropped can't be delayed"),
        ({"delay": -1}, "delay -1 is less than 0 seconds"),
        ({"delay": "50ms"}, r"delay '50ms' is no number of seconds \(0\.05\)"),
        ({"stale": "5s"}, "stale '5s' is no number of seconds"),
        ({"empty": True, "times": 0}, "times 0 is less than 1"),
        ({"empty": True, "share": 30}, "'30' is no share"),
        ({"empty": True, "type": "B"}, "'B' is no record type"),
        ({"empty": True, "client": "localhost"}, "'localhost' is not an IP address"),
        ({"empty": True, "pattern": "a..b"}, "has an empty label"),
        ({"empty": True, "pattern": ""}, r"the name is empty \(the root is \.\)"),
        ({"empty": True, "selector": "a=b=c"}, "="),
        ({"address": "web"}, "'web' is not an IP address"),
    ],
)
def test_what_makes_no_fault_is_refused(given, complaint):
    with pytest.raises(ValueError, match=complaint):
        make_fault(**given)


def test_labels_may_be_given_as_a_dict():
    fault = make_fault(selector={"tier": "back"}, drop=True)
    chain = chain_of(" rcode NOTIMP", names="x")
    chain.world.shared(Faults).add(fault)
    assert (chain.ask(CART), chain.ask(WEB)) == (["dropped"], RIGHT[WEB])


# Corefiles


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        (" fault {\n rcode OOPS\n }", r"Corefile:3: fault: 'OOPS' is no response code .* \(rcode RCODE\)"),
        (" fault {\n rcode\n }", r"Corefile:3: fault: 1 argument expected after 'rcode'"),
        (" fault {\n drop now\n }", r"Corefile:3: fault: 'now' is one argument too many for 'drop' \(drop\)"),
        (" fault {\n drop\n drop\n }", r"Corefile:4: fault: drop is given twice"),
        (" fault {\n drop\n empty\n }", r"Corefile:2: fault: empty and drop exclude each other"),
        (" fault web.*", r"Corefile:2: fault: nothing to do"),
        (" fault a..b {\n drop\n }", r"Corefile:2: fault: 'a\.\.b' has an empty label"),
        (" fault {\n typo A\n }", r"Corefile:3: fault: unknown property 'typo' \(did you mean 'type'\?\)"),
        (" fault {\n delay soon\n }", r"Corefile:3: fault: DURATION 'soon' is not a duration"),
        (" fault {\n stale 1s 2s\n }", r"Corefile:3: fault: '2s' is one argument too many"),
        (" fault {\n drop\n times 0\n }", r"Corefile:4: fault: N '0' is less than 1"),
        (" fault {\n drop\n share 0\n }", r"Corefile:4: fault: '0' is no share \(0\.3 or 30%"),
        (" fault {\n drop\n client 10.0.0.0/33\n }", r"Corefile:4: fault: '10\.0\.0\.0/33' is not a network"),
        (" fault {\n drop\n selector a=b=c\n }", r"Corefile:4: fault: "),
    ],
)
def test_a_corefile_is_told_what_would_do(lines, complaint):
    with pytest.raises(CorefileError, match=complaint):
        Chain(f". {{\n{lines}\n}}", tables=Tables())


@pytest.mark.parametrize("name", ["web.default", "web.default.svc", "*.svc", "*.cluster", "local", "x.local"])
def test_a_name_that_no_query_of_the_server_block_is_for_is_doubted(name):
    chain = chain_of("drop", names=name)
    chain.start()
    doubt = f"Corefile:2: fault: no query of this server block is for '{name}' (its names end in cluster.local. 10.in"
    assert chain.log.getvalue().startswith(f"[WARNING] {doubt}")
    assert [str(said).startswith(doubt) for check in chain.setting.checks for said in check()] == [True]


@pytest.mark.parametrize("name", ["*", "web.*", "*.local", "*.cluster.local", "cluster.local", "*.10.in-addr.arpa"])
def test_a_name_that_a_query_of_the_server_block_may_be_for_is_not(name):
    chain = chain_of("drop", names=name)
    chain.start()
    assert chain.log.getvalue() == ""


# Kept replies


def test_replies_that_no_fault_is_for_are_kept_as_before():
    chain = chain_of("drop", names="cart.*")
    assert chain.reply(make_query(WEB)).good_until == FOREVER


def test_replies_that_a_fault_could_be_for_are_not_kept_be_it_for_another_client():
    chain = chain_of("drop", "client 192.0.2.1", "times 1", names="web.*")
    assert chain.reply(make_query(WEB)).good_until == NEVER
    assert chain.ask(WEB, client="192.0.2.1") == ["dropped"]
    assert chain.reply(make_query(WEB)).good_until == FOREVER
