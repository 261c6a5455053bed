import math
from collections import Counter

import pytest
from chain import Chain, make_query

from clusterdns.corefile import CorefileError
from clusterdns.dns.reply import FOREVER, NEVER
from clusterdns.plugins.base import StartError

MIXED = """
  answer "web.example. 60 IN MX 10 mx1.example." "web.example. 60 IN MX 20 mx2.example."
  answer "web.example. 60 IN A 192.0.2.1" "web.example. 60 IN A 192.0.2.2" "web.example. 60 IN AAAA 2001:db8::1"
  answer "web.example. 60 IN TXT text" "web.example. 60 IN CNAME other.example."
"""
ADDRESSES = """
  answer "web.example. 60 IN A 10.0.0.1" "web.example. 60 IN A 192.0.2.1"
  answer "web.example. 60 IN A 198.51.100.1" "web.example. 60 IN A 203.0.113.1"
"""


def chain_of(records, line="loadbalance", qtype="A", **how):
    return Chain(f"example. {{\n {line}\n template IN {qtype} {{\n{records}\n }}\n}}", **how)


def types(lines):
    return [line.split()[2] for line in lines[1:]]


def firsts(chain, rounds=400):
    return Counter(chain.ask("web.example. A")[1].split()[-1] for _ in range(rounds))


def test_every_address_comes_first_now_and_then():
    assert set(firsts(chain_of(ADDRESSES))) == {"10.0.0.1", "192.0.2.1", "198.51.100.1", "203.0.113.1"}


def test_nothing_is_lost_by_shuffling():
    plain = Chain(f"example. {{\n template IN A {{\n{ADDRESSES}\n }}\n}}").ask("web.example. A")
    assert sorted(chain_of(ADDRESSES).ask("web.example. A")) == sorted(plain)


def test_cnames_come_first_then_others_addresses_and_mail_exchanges():
    chain = chain_of(MIXED, qtype="ANY")
    for _ in range(20):
        assert types(chain.ask("web.example. TXT")) in (
            ["CNAME", "TXT", "A", "A", "AAAA", "MX", "MX"],
            ["CNAME", "TXT", "A", "AAAA", "A", "MX", "MX"],
            ["CNAME", "TXT", "AAAA", "A", "A", "MX", "MX"],
        )


def test_additional_addresses_are_shuffled_too():
    chain = chain_of('additional "a.example. 60 IN A 192.0.2.1" "b.example. 60 IN A 192.0.2.2"')
    assert len({tuple(chain.ask("web.example. A")) for _ in range(30)}) == 2


def test_a_shuffled_reply_may_be_given_again_in_other_orders():
    reply = chain_of(ADDRESSES).reply(make_query("web.example. A"))
    assert reply.good_until == FOREVER
    orders = [reply.turns.next() for _ in range(200)]
    assert len({tuple(order) for order in orders}) == 24
    assert all(set(order) == set(reply.answer) for order in orders)


def test_whoever_changes_a_shuffled_reply_must_not_have_it_given_again():
    copy = chain_of(ADDRESSES).reply(make_query("web.example. A")).copy()
    assert (copy.good_until, copy.turns) == (NEVER, None)


@pytest.mark.parametrize("count", [2, 3, 4])
def test_all_orders_are_equally_likely(count):
    records = " ".join(f'"web.example. 60 IN A 192.0.2.{number}"' for number in range(count))
    chain = chain_of(f"answer {records}")
    orders = Counter(tuple(chain.ask("web.example. A")[1:]) for _ in range(100 * math.factorial(count)))
    assert len(orders) == math.factorial(count)
    assert all(50 < times < 160 for times in orders.values())


@pytest.mark.parametrize(
    "records",
    [
        'answer "web.example. 60 IN A 192.0.2.1"',
        'answer "web.example. 60 IN A 192.0.2.1" "web.example. 60 IN TXT text"',
        'rcode NXDOMAIN\nanswer "web.example. 60 IN A 192.0.2.1" "web.example. 60 IN A 192.0.2.2"',
    ],
    ids=["one address", "nothing to shuffle", "no positive reply"],
)
def test_a_reply_with_nothing_to_shuffle_may(records):
    assert chain_of(records).reply(make_query("web.example. A")).good_until == FOREVER


def test_the_order_of_others_is_kept():
    records = 'answer "web.example. 60 IN TXT a" "web.example. 60 IN TXT b" "web.example. 60 IN TXT c"'
    chain = chain_of(records, qtype="TXT")
    assert {tuple(types(chain.ask("web.example. TXT"))) for _ in range(10)} == {("TXT", "TXT", "TXT")}
    assert len({tuple(chain.ask("web.example. TXT")) for _ in range(10)}) == 1


# Preferred networks.


def test_preferred_networks_come_first_in_their_order():
    chain = chain_of(ADDRESSES, "loadbalance {\n prefer 203.0.113.0/24 10.0.0.0/8\n}")
    for _ in range(20):
        assert [line.split()[-1] for line in chain.ask("web.example. A")[1:3]] == ["203.0.113.1", "10.0.0.1"]


def test_others_are_still_shuffled():
    chain = chain_of(ADDRESSES, "loadbalance {\n prefer 203.0.113.0/24\n prefer 10.0.0.0/8\n}")
    assert len({chain.ask("web.example. A")[3] for _ in range(30)}) == 2


def test_with_preferred_networks_other_records_come_last():
    chain = chain_of(MIXED, "loadbalance {\n prefer 2001:db8::/32\n}", qtype="ANY")
    assert types(chain.ask("web.example. TXT")) == ["CNAME", "AAAA", "A", "A", "MX", "MX", "TXT"]


# Weights.

WEIGHTS = "# weights of the example\nweb.example\n192.0.2.1 255\n  10.0.0.1   1\n\nother.example.\n192.0.2.1 1\n"


def weighted(tmp_path, text, options=""):
    if text is not None:
        (tmp_path / "weights").write_text(text)
    return chain_of(ADDRESSES, f"loadbalance weighted weights {options}", root=tmp_path)


def test_heavy_addresses_come_first_more_often(tmp_path):
    chain = weighted(tmp_path, WEIGHTS)
    chain.start()
    assert firsts(chain)["192.0.2.1"] > 380


def test_an_address_without_weight_has_one(tmp_path):
    chain = weighted(tmp_path, "web.example\n192.0.2.1 1\n")
    chain.start()
    assert min(firsts(chain).values()) > 50


def test_only_the_first_place_changes(tmp_path):
    chain = weighted(tmp_path, "web.example.\n203.0.113.1 255\n")
    chain.start()
    answers = {tuple(line.split()[-1] for line in chain.ask("web.example. A")[1:]) for _ in range(100)}
    assert ("203.0.113.1", "192.0.2.1", "198.51.100.1", "10.0.0.1") in answers
    assert len(answers) <= 4


def test_weights_are_read_again_when_they_change(tmp_path):
    chain = weighted(tmp_path, WEIGHTS, "{\n reload 5s\n}")
    chain.start()
    (tmp_path / "weights").write_text("web.example\n203.0.113.1 255\n")
    chain.repeat()
    assert firsts(chain)["203.0.113.1"] > 380
    assert chain.log.getvalue().count("Successfully reloaded weight file") == 2


def test_a_broken_change_is_reported_once_and_the_old_weights_stay(tmp_path):
    chain = weighted(tmp_path, WEIGHTS)
    chain.start()
    (tmp_path / "weights").write_text("web.example\n203.0.113.1 0\n")
    chain.repeat()
    chain.repeat()
    assert chain.log.getvalue().count("weights:2: the weight '0' is not a number from 1 to 255") == 1
    assert firsts(chain)["192.0.2.1"] > 380


def test_a_file_that_comes_later_is_waited_for(tmp_path):
    chain = weighted(tmp_path, None)
    chain.start()
    assert chain.log.getvalue().endswith("weights does not exist, looking again in 30s\n")
    (tmp_path / "weights").write_text(WEIGHTS)
    chain.repeat()
    assert firsts(chain)["192.0.2.1"] > 380


def test_a_file_that_is_read_only_once_must_be_there(tmp_path):
    with pytest.raises(StartError, match="weights does not exist"):
        weighted(tmp_path, None, "{\n reload 0s\n}").start()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("192.0.2.1 1\n", "1: an address before the first name"),
        ("192.0.2.1\n", "1: the address 192.0.2.1 has no weight"),
        ("web.example\n\n192.0.2.300 1\n", "3: '192.0.2.300' is not an IP address"),
        ("web.example\n192.0.2.1 256\n", "2: the weight '256'"),
        ("web.example\n192.0.2.1 -1\n", "2: the weight '-1'"),
        ("web.example\n192.0.2.1 1 2\n", "2: '192.0.2.1 1 2' is neither NAME nor ADDRESS WEIGHT"),
        ("web..example\n", "1: 'web..example' has an empty label"),
    ],
)
def test_a_line_that_is_no_weight_ends_the_start(tmp_path, text, problem):
    chain = weighted(tmp_path, text)
    (found,) = [found for check in chain.setting.checks for found in check()]
    assert found.startswith(f"loadbalance: {tmp_path}/weights:{problem}")
    with pytest.raises(StartError, match=f"weights:{problem}"):
        weighted(tmp_path, text).start()


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("loadbalance best", "unknown policy 'best'"),
        ("loadbalance round_robin a", "'a' is one argument too many for 'round_robin'"),
        ("loadbalance weighted", "weighted needs the FILE"),
        ("loadbalance weighted a b", "'b' is one argument too many"),
        ("loadbalance weighted a {\n reload b\n}", "DURATION 'b' is not a duration"),
        ("loadbalance weighted a {\n reload 1s 2s\n}", "'2s' is one argument too many"),
        ("loadbalance weighted a {\n prefer 10.0.0.0/8\n}", "unknown property 'prefer'"),
        ("loadbalance round_robin {\n reload 1s\n}", "unknown property 'reload'"),
        ("loadbalance {\n prefer 10.0.0.0\n}", "CIDR '10.0.0.0' is not a network"),
    ],
)
def test_what_is_wrong_is_said(line, problem):
    with pytest.raises(CorefileError, match=f"loadbalance: .*{problem}"):
        Chain(f". {{\n {line}\n}}")
