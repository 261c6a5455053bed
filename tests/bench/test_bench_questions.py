"""What the bench asks: the same for the same seed, and the answers that it calls right."""

from collections import Counter
from itertools import islice

import dns.message
import dns.rdatatype
import pytest
import yaml

from bench import cluster, questions
from bench.answers import mistake
from bench.messages import NOERROR, Expected, Question, name_of, plain
from bench.rows import ROWS

SOME = 2000


def some(stream, seed=1, count=SOME):
    return list(islice(stream(seed), count))


def reply_to(question: Question, *lines: str, rcode: int | None = None) -> bytes:
    reply = dns.message.make_response(dns.message.from_wire(question.wire))
    reply.set_rcode(question.expected.rcode if rcode is None else rcode)
    for line in lines:
        owner = reply.question[0].name
        reply.answer.append(dns.rrset.from_text(owner, 30, "IN", *line.split(" ", 1)))
    return reply.to_wire()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_row_asks_the_same_whenever_it_is_run(row):
    assert some(row.stream) == some(row.stream)


@pytest.mark.parametrize("row", [row for row in ROWS if row.once], ids=lambda row: row.name)
def test_what_was_never_asked_before_never_was(row):
    asked = [question.wire.lower() for seed in (1, 2) for question in some(row.stream, seed)]
    assert len(set(asked)) == len(asked)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_question_is_a_dns_message(row):
    for wire, _ in some(row.stream, count=200):
        message = dns.message.from_wire(wire)
        assert message.to_wire() == wire
        assert len(message.question) == 1


def test_cluster_answers_are_mixed_as_the_table_says():
    asked = Counter()
    for wire, expected in some(questions.known, count=20_000):
        qtype = dns.rdatatype.to_text(dns.message.from_wire(wire).question[0].rdtype)
        asked[qtype if expected.rcode == NOERROR else "missing"] += 1
    assert asked["A"] / 20_000 == pytest.approx(0.85, abs=0.02)
    assert {kind: asked[kind] / 20_000 for kind in ("SRV", "AAAA", "missing")} == pytest.approx(
        {"SRV": 0.05, "AAAA": 0.05, "missing": 0.05}, abs=0.01
    )


def test_every_real_client_has_a_cookie_of_its_own():
    cookies = [dns.message.from_wire(wire).options[0].to_wire() for wire, _ in some(questions.real_clients)]
    assert len(set(cookies)) == SOME


def test_manifest_and_zone_hold_the_same_addresses():
    objects = list(yaml.safe_load_all(cluster.manifest()))
    shown = {each["spec"]["clusterIP"] for each in objects if each["kind"] == "Service"} - {"None"}
    for each in objects:
        shown |= {address for endpoint in each.get("endpoints", ()) for address in endpoint["addresses"]}
    in_zone = {record.data for record in cluster.records() if record.rtype == "A"}
    assert in_zone - shown == {"10.96.0.10"}  # of the zone's server
    assert shown <= in_zone


ONE = Question(plain(name_of("web.default"), 1), Expected(NOERROR, frozenset({("A", "10.96.0.1")})))


def test_a_right_answer_has_no_mistake():
    assert mistake(ONE, reply_to(ONE, "A 10.96.0.1")) == ""


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (reply_to(ONE, "A 10.96.0.2"), "right is"),
        (reply_to(ONE), "right is"),
        (reply_to(ONE, "A 10.96.0.1", "A 10.96.0.2"), "right is"),
        (reply_to(ONE, "A 10.96.0.1", rcode=3), "right is"),
        (reply_to(ONE, "A 10.96.0.1").replace(b"web", b"WEB"), "another question"),
        (reply_to(ONE, "A 10.96.0.1")[:-1], "can't be read"),
        (b"", "another question"),
    ],
)
def test_a_wrong_answer_is_seen(reply, says):
    assert says in mistake(ONE, reply)


def test_the_cookie_of_another_client_is_a_mistake():
    question = next(questions.real_clients(1))
    stranger = question.wire[:-8] + b"stranger"
    answered = dns.message.make_response(dns.message.from_wire(question.wire))
    answered.answer = [
        dns.rrset.from_text(answered.question[0].name, 30, "IN", rtype, data)
        for rtype, data in question.expected.answers
    ]
    answered.use_edns(options=dns.message.from_wire(question.wire).options)
    assert mistake(question, answered.to_wire()) == ""
    answered.use_edns(options=dns.message.from_wire(stranger).options)
    assert "cookie" in mistake(question, answered.to_wire())


def test_an_answer_of_two_revisions_is_a_mistake():
    question = questions.revised()
    one, other = (cluster.revised(number).addresses for number in (1, 2))
    assert mistake(question, reply_to(question, *(f"A {address}" for address in one))) == ""
    assert "right is" in mistake(question, reply_to(question, *(f"A {address}" for address in (*one[:2], other[2]))))
