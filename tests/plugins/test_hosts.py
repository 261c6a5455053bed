import os

import pytest
from chain import Chain, make_query

from clusterdns.corefile import CorefileError
from clusterdns.dns.reply import FOREVER

INLINE = """example.org {{
 hosts {file} {{
  192.0.2.1 web.example.org www.example.org   # two names
  192.0.2.2 web.example.org
  2001:db8::1 web.example.org
  192.0.2.3 *.wild.example.org
  ::ffff:192.0.2.4 mapped.example.org
  192.0.2.5 other.test
{options}
 }}
 whoami
}}"""


@pytest.fixture
def hosts(tmp_path):
    """A chain with the lines above, an empty hosts file and further options."""

    def make(options="", text=""):
        (tmp_path / "hosts").write_text(text)
        chain = Chain(INLINE.format(file="hosts", options=options), root=tmp_path)
        chain.start()
        return chain

    return make


def is_passed_on(reply):
    """Did whoami answer?"""
    return reply[1].startswith("additional ")


def test_a_name_has_all_its_addresses(hosts):
    chain = hosts()
    assert chain.ask("web.example.org. A") == [
        "NOERROR aa",
        "web.example.org. 3600 A 192.0.2.1",
        "web.example.org. 3600 A 192.0.2.2",
    ]
    assert chain.ask("WWW.example.org. A") == ["NOERROR aa", "www.example.org. 3600 A 192.0.2.1"]
    assert chain.ask("web.example.org. AAAA") == ["NOERROR aa", "web.example.org. 3600 AAAA 2001:db8::1"]


def test_an_address_has_all_its_names_in_whatever_zone_it_is(hosts):
    assert hosts().ask("1.2.0.192.in-addr.arpa. PTR") == [
        "NOERROR aa",
        "1.2.0.192.in-addr.arpa. 3600 PTR web.example.org.",
        "1.2.0.192.in-addr.arpa. 3600 PTR www.example.org.",
    ]
    reverse = "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa."
    assert hosts().ask(f"{reverse} PTR") == ["NOERROR aa", f"{reverse} 3600 PTR web.example.org."]


def test_an_ipv4_address_in_ipv6_form_is_one_of_ipv4(hosts):
    assert hosts().ask("mapped.example.org. A")[1] == "mapped.example.org. 3600 A 192.0.2.4"
    assert hosts().ask("4.2.0.192.in-addr.arpa. PTR")[1] == "4.2.0.192.in-addr.arpa. 3600 PTR mapped.example.org."


def test_unknown_addresses_go_on_to_the_next_plugin(hosts):
    assert is_passed_on(hosts().ask("9.2.0.192.in-addr.arpa. PTR"))
    assert is_passed_on(hosts().ask("web.example.org. PTR"))


def test_an_asterisk_stands_for_one_label_and_has_no_reverse(hosts):
    chain = hosts()
    assert chain.ask("Any.wild.example.org. A") == ["NOERROR aa", "any.wild.example.org. 3600 A 192.0.2.3"]
    assert chain.ask("two.labels.wild.example.org. A") == ["SERVFAIL unanswered"]
    assert chain.ask("wild.example.org. A") == ["SERVFAIL unanswered"]
    assert is_passed_on(chain.ask("3.2.0.192.in-addr.arpa. PTR"))


def test_a_type_that_a_name_lacks_is_an_empty_answer_without_soa(hosts):
    assert hosts().ask("www.example.org. AAAA") == ["NOERROR aa"]
    assert hosts().ask("web.example.org. TXT") == ["NOERROR aa"]


def test_a_name_that_is_not_there_is_servfail(hosts):
    assert hosts().ask("nope.example.org. A") == ["SERVFAIL unanswered"]
    assert hosts().ask("nope.example.org. TXT") == ["SERVFAIL unanswered"]


def test_names_of_other_zones_are_not_the_business_of_hosts(hosts):
    assert is_passed_on(hosts().ask("other.test. A"))


def test_fallthrough_passes_missing_names_on(hosts):
    chain = hosts("fallthrough x.example.org")
    assert is_passed_on(chain.ask("nope.x.example.org. A"))
    assert chain.ask("nope.example.org. A") == ["SERVFAIL unanswered"]


def test_fallthrough_unsupported_passes_other_types_of_known_names_on(hosts):
    assert hosts("fallthrough").ask("web.example.org. TXT") == ["NOERROR aa"]
    chain = hosts("fallthrough\nfallthrough_unsupported")
    assert is_passed_on(chain.ask("web.example.org. TXT"))
    assert chain.ask("www.example.org. AAAA") == ["NOERROR aa"]


def test_ttl_and_no_reverse_hold_for_lines_before_and_after(hosts):
    chain = hosts("ttl 7\nno_reverse\n192.0.2.8 late.example.org")
    assert chain.ask("www.example.org. A")[1] == "www.example.org. 7 A 192.0.2.1"
    assert chain.ask("late.example.org. A")[1] == "late.example.org. 7 A 192.0.2.8"
    assert is_passed_on(chain.ask("1.2.0.192.in-addr.arpa. PTR"))


def test_entries_of_the_file_come_before_those_of_the_corefile(hosts):
    chain = hosts(text="192.0.2.9\tweb.example.org # comment\nfe80::1%eth0 link.example.org\nnonsense\n300.1.1.1 x\n")
    assert chain.ask("web.example.org. A")[1:2] == ["web.example.org. 3600 A 192.0.2.9"]
    assert len(chain.ask("web.example.org. A")) == 1 + 3
    assert chain.ask("link.example.org. AAAA")[1] == "link.example.org. 3600 AAAA fe80::1"


def test_the_file_is_read_again_when_it_has_changed(hosts, tmp_path):
    chain = hosts(text="192.0.2.9 new.example.org\n")
    assert chain.reply(make_query("new.example.org. A")).good_until == FOREVER
    revision = chain.world.revision
    chain.repeat()
    assert chain.world.revision == revision, "nothing has changed"
    (tmp_path / "hosts").write_text("192.0.2.10 new.example.org\n")
    os.utime(tmp_path / "hosts", (7, 7))
    chain.repeat()
    assert chain.ask("new.example.org. A")[1] == "new.example.org. 3600 A 192.0.2.10"
    assert chain.world.revision > revision, "replies that were kept are forgotten"
    (tmp_path / "hosts").unlink()
    chain.repeat()
    assert chain.ask("new.example.org. A")[1] == "new.example.org. 3600 A 192.0.2.10", "while it is gone, it stays"


def test_how_much_there_is_can_be_measured(hosts, tmp_path):
    chain = hosts(text="192.0.2.9 a.example.org\n192.0.2.9 *.b.example.org\n")
    os.utime(tmp_path / "hosts", (7, 7))
    chain.repeat()
    families = {family.name: family for family in chain.world.metrics.collect()}
    (entries,) = families["coredns_hosts_entries"].samples
    assert entries.labels == (("hostsfile", str(tmp_path / "hosts")),)
    assert entries.value == (6 + 5) + (2 + 1), "addresses and names, of the Corefile and of the file"
    (reloaded,) = families["coredns_hosts_reload_timestamp_seconds"].samples
    assert reloaded.value == 7


def test_reload_0_never_looks_again(hosts):
    assert [seconds for seconds, _ in hosts().setting.repeats] == [5]
    assert hosts("reload 0").setting.repeats == []


def test_what_is_odd_is_told_but_served(tmp_path):
    chain = Chain("example.org {\n hosts gone {\n  tll 60\n  192.0.2.1 web.example.org\n }\n}", root=tmp_path)
    chain.start()
    assert list(chain.setting.checks[0]()) == [
        "Corefile:3: hosts: 'tll 60' is no entry and is left out (ADDRESS NAME...)",
        f"File does not exist: {tmp_path}/gone",
    ]
    assert "[WARNING] plugin/hosts: File does not exist" in chain.log.getvalue()
    assert chain.ask("web.example.org. A")[1] == "web.example.org. 3600 A 192.0.2.1"


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ("ttl", "Corefile:9: hosts: .*ttl SECONDS"),
        ("ttl 0", "Corefile:9: hosts: TTL '0' is less than 1"),
        ("ttl 65536", "Corefile:9: hosts: TTL '65536' is more than 65535"),
        ("ttl soon", "Corefile:9: hosts: TTL 'soon' is not a number"),
        ("reload", "Corefile:9: hosts: .*reload DURATION"),
        ("reload -1s", "Corefile:9: hosts: reload '-1s' is less than 0"),
        ("reload 1s 2s", "Corefile:9: hosts: '2s' is one argument too many"),
        ("fallthrough\n192.0.2.9 late.example.org", "Corefile:10: hosts: entries have to stand before 'fallthrough'"),
        ("fallthrough\nfalthrough x", "Corefile:10: hosts: unknown property 'falthrough' .did you mean 'fallthrough'"),
        ("fallthrough_unsupported", "Corefile:9: hosts: fallthrough_unsupported needs fallthrough"),
        ("fallthrough\nfallthrough_unsupported x", "Corefile:10: hosts: 'x' is one argument too many"),
    ],
)
def test_what_can_not_be_served_is_told_with_its_place(hosts, options, problem):
    with pytest.raises(CorefileError, match=f"^{problem}"):
        hosts(options)


def test_a_file_that_can_not_be_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CorefileError, match=r"^Corefile:2: hosts: hosts file .*/file/hosts: Not a directory"):
        Chain("example.org {\n hosts file/hosts\n}", root=tmp_path)
