"""rewrite edns0: what plugins below are asked with, and what of it the client gets to see."""

import dns.message
import pytest
from chain import Chain, Itself, make_query

from clusterdns.dns import codes
from clusterdns.dns.edns import Opt
from clusterdns.dns.encode import encode_reply
from clusterdns.dns.reply import Reply

NSID, SUBNET, COOKIE = 3, 8, 10


class Rewritten:
    """What becomes of a query by these rules: `asked` are the options below, `told` those that the client gets."""

    def __init__(self, *rules, opt=None, metadata=None, opt_below=None, **how):
        chain = Chain(f". {{\n{''.join(f' rewrite {rule}{chr(10)}' for rule in rules)}}}")
        self.query = make_query("Web.example. AAAA", opt=opt, **how)
        self.query.metadata = metadata
        self.opt_below = opt_below
        chain.first = lambda query: chain.setting.plugins["rewrite"].serve(query, self.answer)
        reply = chain.reply(self.query)
        self.query.server = Itself(chain)
        message = dns.message.from_wire(encode_reply(self.query, reply))
        self.told = [(int(option.otype), option.to_wire()) for option in message.options]
        self.offers_edns = message.edns >= 0

    async def answer(self, query):
        self.asked = None if query.opt is None else list(query.opt.options)
        reply = Reply.to(query)
        reply.opt = self.opt_below
        return reply


def client(*options):
    return Opt(1232, options=options)


@pytest.mark.parametrize(
    ("action", "none", "one", "two"),
    [
        ("set 0xffee new", [b"new"], [b"new"], [b"new", b"2"]),
        ("append 65518 new", [b"new"], [b"1", b"new"], [b"1", b"2", b"new"]),
        ("replace 0xffee 0x6e6577", [], [b"new"], [b"new", b"2"]),
        ("unset 0o177756", [], [], []),
        ("set 0xffee {protocol}", [b"udp"], [b"udp"], [b"udp", b"2"]),
        ("append 0xffee {protocol}", [b"udp"], [b"1"], [b"1", b"2"]),  # unlike `append` of what is always the same
        ("replace 0xffee {protocol}", [], [b"udp"], [b"udp", b"2"]),
    ],
)
def test_options_of_local_use(action, none, one, two):
    for sent, asked in ((), none), ((b"1",), one), ((b"1", b"2"), two):
        opt = client((77, b"other"), *((0xFFEE, data) for data in sent))
        assert Rewritten(f"edns0 local {action}", opt=opt).asked == [
            (77, b"other"),
            *((0xFFEE, data) for data in asked),
        ]


@pytest.mark.parametrize("action", ["set 0xffee a", "replace 0xffee a", "unset 0xffee"])
def test_a_query_without_edns_gets_it_and_so_does_its_reply(action):
    rewritten = Rewritten(f"edns0 local {action}")
    assert rewritten.offers_edns
    assert rewritten.query.size == 4096


def test_options_of_a_known_form_are_none_of_local_use():
    opt = client((COOKIE, b"12345678"))
    assert Rewritten("edns0 local set 10 a-cookie", opt=opt).asked == [(COOKIE, b"12345678"), (COOKIE, b"a-cookie")]
    assert Rewritten("edns0 local replace 10 new", opt=opt).asked == [(COOKIE, b"12345678")]
    assert Rewritten("edns0 local unset 10", opt=opt).asked == []


@pytest.mark.parametrize(
    ("variable", "data"),
    [
        ("qname", b"Web.example."),
        ("qtype", b"\0\x1c"),
        ("client_ip", b"\x0a\xf0\0\x01"),
        ("client_port", (40212).to_bytes(2, "big")),
        ("protocol", b"udp"),
        ("server_ip", b"\x0a\x60\0\x0a"),
        ("server_port", b"\0\x35"),
        ("kubernetes/client-namespace", b"shop"),
    ],
)
def test_variables(variable, data):
    metadata = {"kubernetes/client-namespace": "shop"}
    assert Rewritten(f"edns0 local set 0xffee {{{variable}}}", metadata=metadata).asked == [(0xFFEE, data)]


@pytest.mark.parametrize("metadata", [None, {}, {"some/label": ""}])
def test_a_label_that_is_not_there_changes_nothing(metadata):
    assert Rewritten("edns0 local set 0xffee {some/label}", metadata=metadata).asked is None


def test_the_client_may_be_ipv6():
    asked = Rewritten("edns0 local set 0xffee {client_ip}", client="2001:db8::1").asked
    assert asked == [(0xFFEE, bytes.fromhex("20010db8000000000000000000000001"))]


@pytest.mark.parametrize(
    ("action", "none", "one"),
    [("set", [b""], [b""]), ("append", [b""], [b"id", b""]), ("replace", [], [b""]), ("unset", [], [])],
)
def test_nsid(action, none, one):
    for sent, asked in ((), none), ((b"id",), one):
        rewritten = Rewritten(f"edns0 nsid {action}", opt=client(*((NSID, data) for data in sent)))
        assert rewritten.asked == [(NSID, data) for data in asked]


V4, V6 = b"\0\1\x18\0\x0a\xf0\0", b"\0\2\x38\0\x20\x01\x0d\xb8\0\0\0"
SENT = b"\0\1\x20\0\x01\x02\x03\x04"


@pytest.mark.parametrize(
    ("action", "none", "one"),
    [
        ("set 24 56", [V4], [V4]),
        ("append 24 56", [V4], [SENT]),
        ("replace 24 56", [], [V4]),
        ("unset", [], []),
        ("set 0x18 0b111000", [V4], [V4]),
        ("set 0 0", [b"\0\1\0\0"], [b"\0\1\0\0"]),
        ("set 12 0", [b"\0\1\x0c\0\x0a\xf0"], [b"\0\1\x0c\0\x0a\xf0"]),
    ],
)
def test_subnet(action, none, one):
    for sent, asked in ((), none), ((SENT,), one):
        rewritten = Rewritten(f"edns0 subnet {action}", opt=client(*((SUBNET, data) for data in sent)))
        assert rewritten.asked == [(SUBNET, data) for data in asked]


def test_subnet_of_ipv6():
    assert Rewritten("edns0 subnet set 24 56", client="2001:db8::77").asked == [(SUBNET, V6)]


def test_options_of_local_use_that_a_rule_is_about_are_echoed():
    opt = client((0xFFEE, b"1"), (0xFFEF, b"2"), (SUBNET, SENT))
    assert Rewritten("name a b", opt=opt).told == []
    assert Rewritten("edns0 local unset 0xffef", opt=opt).told == []
    assert Rewritten("edns0 local set 0xffef new", opt=opt).told == [(0xFFEF, b"new")]
    assert Rewritten("edns0 nsid set", opt=opt).told == [(NSID, b"")]
    assert Rewritten("edns0 subnet set 24 56").told == []


def test_what_no_plugin_answers_is_told_with_the_options_that_were_set():
    chain = Chain(
        ". {\n nsid here\n rewrite continue edns0 local set 0xffee new revert\n rewrite edns0 local set 0xffef new\n}"
    )
    query = make_query("web.example. A", opt=client((NSID, b""), (SUBNET, SENT)))
    query.server = Itself(chain)
    message = dns.message.from_wire(encode_reply(query, chain.reply(query)))
    assert message.rcode() == codes.SERVFAIL
    assert not message.ednsflags & codes.DO  # which nsid would set if there were no options yet
    assert [(int(option.otype), option.to_wire()) for option in message.options] == [(NSID, b"here"), (0xFFEF, b"new")]


def test_a_ttl_is_also_that_of_the_opt_record_of_a_failure():
    # A TTL of 65535 reads as the flag DO there.
    chain = Chain(". {\n rewrite ttl regex .* 65535\n}")
    query = make_query("web.example. A", opt=client())
    message = dns.message.from_wire(encode_reply(query, chain.reply(query)))
    assert message.ednsflags & codes.DO


@pytest.mark.parametrize("from_below", [False, True])
@pytest.mark.parametrize(
    ("rule", "sent", "told"),
    [
        ("local set 0xffee new", (), []),
        ("local set 0xffee new", ((0xFFEE, b"old"),), [(0xFFEE, b"old")]),
        ("local append 0xffee {protocol}", (), []),
        ("local replace 0xffee new", ((0xFFEE, b"old"),), [(0xFFEE, b"old")]),
        ("nsid set", ((NSID, b"id"),), [(NSID, b"id")]),
    ],
)
def test_what_is_reverted_the_client_does_not_see(rule, sent, told, from_below):
    below = Opt(512, options=((0xFFEE, b"new"), (NSID, b"new"))) if from_below else None
    rewritten = Rewritten(f"edns0 {rule} revert", opt=client(*sent), opt_below=below)
    code = NSID if "nsid" in rule else 0xFFEE
    assert [option for option in rewritten.told if option[0] == code] == told
    assert rewritten.asked != list(sent)


def test_several_rules_are_reverted_last_first():
    rules = [f"continue edns0 local set 0xffee {data} revert" for data in "abc"]
    rewritten = Rewritten(*rules, opt=client((0xFFEE, b"old")))
    assert rewritten.asked == [(0xFFEE, b"c")]
    assert rewritten.told == [(0xFFEE, b"old")]


def test_flags_of_the_client_stay():
    rewritten = Rewritten("edns0 nsid set", opt=Opt(1232, codes.DO))
    assert rewritten.query.do
    assert rewritten.query.size == 1232


def test_a_length_is_that_of_what_was_asked_instead():
    assert Rewritten("edns0 nsid set").query.length == Rewritten("name a b").query.length + 11 + 4
