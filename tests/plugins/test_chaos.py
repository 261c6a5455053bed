import socket

import pytest
from chain import Chain, make_query

from clusterdns.corefile import CorefileError


def test_the_version_that_is_set_is_told_under_both_names():
    chain = Chain('. {\n chaos CoreDNS-001 "Miek Gieben"\n}')
    assert chain.ask("version.bind. CH TXT") == ["NOERROR", 'version.bind. 0 CH TXT "CoreDNS-001"']
    assert chain.ask("VERSION.server. CH TXT")[1] == 'VERSION.server. 0 CH TXT "CoreDNS-001"'


def test_authors_are_told_once_each_in_any_order():
    chain = Chain(". {\n chaos v1 bob alice bob\n}")
    answers = chain.ask("authors.bind. CH TXT")[1:]
    assert sorted(answers) == ['authors.bind. 0 CH TXT "alice"', 'authors.bind. 0 CH TXT "bob"']


def test_the_order_of_authors_changes():
    chain = Chain(". {\n chaos v1 a b c d e\n}")
    assert len({tuple(chain.ask("authors.bind. CH TXT")) for _ in range(20)}) > 1


def test_without_arguments_it_is_the_coredns_that_is_followed():
    chain = Chain(". {\n chaos\n}")
    assert chain.ask("version.bind. CH TXT")[1] == 'version.bind. 0 CH TXT "CoreDNS-1.14.7"'
    assert any("miekg" in line for line in chain.ask("authors.bind. CH TXT"))


def test_the_machine_is_named():
    answer = Chain(". {\n chaos\n}").ask("hostname.bind. CH TXT")
    assert answer[1] == f'hostname.bind. 0 CH TXT "{socket.gethostname()}"'


@pytest.mark.parametrize("question", ["version.bind. TXT", "version.bind. CH A", "other.bind. CH TXT"])
def test_other_questions_go_on(question):
    assert Chain(". {\n chaos\n}").ask(question) == ["SERVFAIL unanswered no next plugin found"]


def test_a_long_version_is_cut_to_what_a_record_holds():
    chain = Chain(f". {{\n chaos {'v' * 300}\n}}")
    assert len(chain.reply(make_query("version.bind. CH TXT")).answer[0].rdata) == 256


def test_queries_of_other_classes_are_let_in():
    assert Chain(". {\n chaos\n}").setting.any_class


def test_options_are_refused():
    with pytest.raises(CorefileError, match="Corefile:3: chaos: unknown property 'unknown'"):
        Chain(". {\n chaos v2 {\n  unknown\n }\n}")
