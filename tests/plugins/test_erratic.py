import asyncio

import pytest
from chain import Chain, lines_of, make_query

from clusterdns.corefile import CorefileError

WEB = "web.example. A"
RIGHT = ["NOERROR aa", "web.example. 0 A 192.0.2.53"]
CUT = ["NOERROR aa tc", RIGHT[1]]


def chain_of(*options):
    return Chain(". {\n erratic {\n" + "\n".join(options) + "\n }\n}")


def ask(chain, count, question=WEB):
    return [chain.ask(question) for _ in range(count)]


def test_every_second_query_is_dropped_if_nothing_is_said():
    assert ask(Chain(". {\n erratic\n}"), 4) == [["dropped"], RIGHT, ["dropped"], RIGHT]


def test_the_first_and_every_third_query_is_dropped():
    assert ask(chain_of("drop 3"), 4) == [["dropped"], RIGHT, RIGHT, ["dropped"]]


@pytest.mark.parametrize("options", [("drop 0",), ("truncate 0", "drop 0"), ("truncate 0", "drop 0", "delay 0")])
def test_zero_is_never(options):
    assert ask(chain_of(*options), 2) == [RIGHT, RIGHT]


def test_replies_are_truncated_whose_number_has_no_bit_in_common():
    assert ask(chain_of("truncate"), 4) == [CUT, CUT, RIGHT, RIGHT]
    assert ask(chain_of("truncate 1"), 4) == [CUT, RIGHT, CUT, RIGHT]


def test_what_is_said_beside_drop_takes_the_place_of_its_default():
    assert ask(chain_of("drop", "truncate 1"), 2) == [CUT, RIGHT]
    assert ask(chain_of("drop 2", "truncate 1"), 2) == [["dropped"], RIGHT]


def test_a_delayed_reply_is_waited_for():
    chain = chain_of("delay 2 1ms")

    async def ask():
        began = asyncio.get_running_loop().time()
        return lines_of(await chain.answer(make_query(WEB))), asyncio.get_running_loop().time() - began

    lines, seconds = asyncio.run(ask())
    assert (lines, seconds >= 0.001) == (RIGHT, True)
    assert chain.ask(WEB) == RIGHT  # the second, at once


def test_ipv6_has_an_address_too_and_other_types_fail():
    chain = chain_of("drop 0")
    assert chain.ask("Web.example. AAAA") == ["NOERROR aa", "Web.example. 0 AAAA 2001:db8::53"]
    assert chain.ask("web.example. TXT") == ["SERVFAIL unanswered"]


def test_large_replies_have_many_addresses():
    assert chain_of("drop 0", "large").ask(WEB) == [RIGHT[0], *[RIGHT[1]] * 30]
    assert len(chain_of("drop 0", "large").ask("web.example. AAAA")) == 2


def test_any_zone_can_be_transferred_and_lacks_its_end_when_truncated():
    soa = "example. 0 SOA sns.dns.icann.org. noc.dns.icann.org. 2018050825 7200 3600 1209600 3600"
    zone = [
        "NOERROR aa",
        soa,
        "example. 0 NS b.example.",
        "example. 0 NS a.example.",
        "a.example. 0 AAAA 2001:bd8::53",
        "b.example. 0 AAAA 2001:500::54",
    ]
    assert ask(chain_of("truncate 1"), 2, "example. AXFR") == [zone, [*zone, soa]]
    assert chain_of("drop 0").ask(". AXFR") == ["dropped"]


def test_the_ready_page_sees_it_ready_for_a_while():
    chain = chain_of("drop 0")
    ready = chain.setting.ready_checks["erratic"]
    seen = []
    for _ in range(6):
        seen.append(ready())
        chain.ask(WEB)
    assert seen == [False, False, False, True, True, False]


@pytest.mark.parametrize(
    ("option", "complaint"),
    [
        ("foo", "unknown property 'foo'"),
        ("drop x", "AMOUNT 'x' is not a number"),
        ("drop -1", "AMOUNT '-1' is less than 0"),
        ("drop 1 2", "'2' is one argument too many"),
        ("truncate 3000000000", "AMOUNT '3000000000' is more than"),
        ("delay 1 soon", "DURATION 'soon' is not a duration"),
        ("delay 1 1s 2", "'2' is one argument too many"),
        ("large 3", "unknown property '3'"),
    ],
)
def test_other_options_are_refused(option, complaint):
    with pytest.raises(CorefileError, match=f"erratic: {complaint}"):
        chain_of(option)
