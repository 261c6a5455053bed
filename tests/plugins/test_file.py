import os

import pytest
from chain import Chain, make_query

from clusterdns.corefile import CorefileError
from clusterdns.dns.reply import FOREVER, Dropped

ZONE = "$TTL 5\n@ SOA ns h {serial} 1 1 1 1\n@ NS ns\nwww A {address}\nout CNAME www.elsewhere.test.\n"


@pytest.fixture
def folder(tmp_path):
    """Where zone files stand; `folder.write(…)` writes db, or another."""

    class Folder:
        path = tmp_path

        def write(self, serial=1, address="192.0.2.1", name="db"):
            (tmp_path / name).write_text(ZONE.format(serial=serial, address=address))

        def chain(self, block):
            chain = Chain(block, root=tmp_path)
            chain.start()
            return chain

    return Folder()


def test_a_zone_file_answers_for_the_zones_of_the_server_block(folder):
    folder.write()
    chain = folder.chain("example.org example.net {\n file db\n}")
    assert chain.ask("www.example.org. A")[1] == "www.example.org. 5 A 192.0.2.1"
    assert chain.ask("www.example.net. A")[1] == "www.example.net. 5 A 192.0.2.1"


def test_several_files_each_have_their_zones(folder):
    folder.write(name="org", address="192.0.2.1")
    folder.write(name="sub", address="192.0.2.2")
    chain = folder.chain(". {\n file org example.org\n file sub sub.example.org\n whoami\n}")
    assert chain.ask("www.example.org. A")[1] == "www.example.org. 5 A 192.0.2.1"
    assert chain.ask("www.sub.example.org. A")[1] == "www.sub.example.org. 5 A 192.0.2.2"
    assert chain.ask("elsewhere.test. A")[1].startswith("additional elsewhere.test.")


def test_other_zones_are_refused_when_no_plugin_is_left(folder):
    folder.write()
    assert folder.chain(". {\n file db example.org\n}").ask("elsewhere.test. A") == ["REFUSED unanswered"]


def test_names_that_do_not_exist_fall_through_if_they_may(folder):
    folder.write()
    chain = folder.chain("example.org {\n file db {\n  fallthrough x.example.org\n }\n whoami\n}")
    assert chain.ask("a.example.org. A")[0] == "NXDOMAIN aa"
    assert chain.ask("a.x.example.org. A")[1].startswith("additional a.x.example.org.")


def test_a_type_that_is_not_there_does_not_fall_through(folder):
    folder.write()
    chain = folder.chain("example.org {\n file db {\n  fallthrough\n }\n whoami\n}")
    assert chain.ask("www.example.org. TXT")[1].startswith("authority example.org. 5 SOA")


def test_what_a_zone_answers_may_be_kept_as_long_as_it_stands(folder):
    folder.write()
    chain = folder.chain("example.org {\n file db\n}")
    assert chain.reply(make_query("www.example.org. A")).good_until == FOREVER


# Aliases that leave the zone.


def test_an_alias_is_resolved_by_the_server_itself(folder):
    folder.write()
    chain = folder.chain(". {\n hosts {\n  192.0.2.7 www.elsewhere.test\n  fallthrough\n }\n file db example.org\n}")
    assert chain.ask("out.example.org. A") == [
        "NOERROR aa",
        "out.example.org. 5 CNAME www.elsewhere.test.",
        "www.elsewhere.test. 3600 A 192.0.2.7",
        "authority example.org. 5 NS ns.example.org.",
    ]
    assert chain.ask("out.example.org. AAAA") == [
        "NOERROR aa",
        "out.example.org. 5 CNAME www.elsewhere.test.",
        "authority example.org. 5 SOA ns.example.org. h.example.org. 1 1 1 1 1",
    ]


def test_an_alias_whose_target_fails_keeps_the_alias_and_the_failure(folder):
    folder.write()
    chain = folder.chain(". {\n hosts {\n  192.0.2.7 else\n  fallthrough example.org\n }\n file db example.org\n}")
    reply = chain.ask("out.example.org. A")
    assert reply[:2] == ["SERVFAIL aa", "out.example.org. 5 CNAME www.elsewhere.test."]


def test_a_wildcard_that_leads_to_itself_ends_as_servfail(folder):
    (folder.path / "db").write_text("$TTL 5\n@ SOA ns h 1 1 1 1 1\n*.a CNAME b.a\n")
    reply = folder.chain("example.org {\n file db\n}").ask("x.a.example.org. A")
    assert reply[0] == "SERVFAIL aa"
    assert len(reply) == 1 + 9


# Transfers and NOTIFY are for other plugins.


def test_transfers_are_refused_without_the_transfer_plugin(folder):
    folder.write()
    chain = folder.chain("example.org {\n file db\n}")
    assert chain.ask("example.org. AXFR", transport="tcp") == ["REFUSED unanswered"]
    assert chain.ask("example.org. IXFR", transport="tcp") == ["REFUSED unanswered"]


def test_a_notify_is_not_answered_since_the_zone_has_no_primary(folder):
    folder.write()
    chain = folder.chain("example.org {\n file db\n}")
    query = make_query("example.org. SOA")
    query.flags |= 4 << 11
    with pytest.raises(Dropped):
        chain.reply(query)
    assert "Dropping notify from 10.240.0.1 for example.org." in chain.log.getvalue()


# Files that change.


def test_a_file_is_read_again_when_its_serial_has_changed(folder):
    folder.write(serial=1, address="192.0.2.1")
    chain = folder.chain("example.org {\n file db\n}")
    folder.write(serial=1, address="192.0.2.2")
    chain.repeat()
    assert chain.ask("www.example.org. A")[1] == "www.example.org. 5 A 192.0.2.1"
    revision = chain.world.revision
    folder.write(serial=2, address="192.0.2.3")
    chain.repeat()
    assert chain.ask("www.example.org. A")[1] == "www.example.org. 5 A 192.0.2.3"
    assert chain.world.revision > revision, "replies that were kept are forgotten"
    assert 'Successfully reloaded zone "example.org."' in chain.log.getvalue()


def test_a_file_can_be_read_again_whenever_it_was_written(folder):
    folder.write(serial=1, address="192.0.2.1")
    chain = folder.chain("example.org {\n file db {\n  reload_by_mtime\n }\n}")
    folder.write(serial=1, address="192.0.2.2")
    os.utime(folder.path / "db", (1, 1))
    chain.repeat()
    assert chain.ask("www.example.org. A")[1] == "www.example.org. 5 A 192.0.2.2"
    logged = chain.log.getvalue()
    chain.repeat()
    assert chain.log.getvalue() == logged, "nothing is read when nothing was written"


def test_a_file_that_breaks_leaves_the_zone_as_it_was(folder):
    folder.write()
    chain = folder.chain("example.org {\n file db\n}")
    (folder.path / "db").write_text("@ 5 SOA ns h 2 1 1 1 1\nbroken")
    chain.repeat()
    assert chain.ask("www.example.org. A")[1] == "www.example.org. 5 A 192.0.2.1"
    assert f'Parsing zone "example.org.": {folder.path}/db:2: a record type is missing' in chain.log.getvalue()
    (folder.path / "db").unlink()
    chain.repeat()
    assert chain.ask("www.example.org. A")[1] == "www.example.org. 5 A 192.0.2.1"
    assert 'Failed to open zone "example.org."' in chain.log.getvalue()


def test_a_file_that_is_missing_at_the_start_is_waited_for(folder):
    chain = folder.chain("example.org {\n file db\n}")
    assert list(chain.setting.checks[0]()) == [
        f"Failed to open {folder.path}/db: example.org. is SERVFAIL until the file is there"
    ]
    assert "[WARNING] plugin/file: Failed to open" in chain.log.getvalue()
    assert chain.ask("www.example.org. A") == ["SERVFAIL unanswered"]
    folder.write()
    chain.repeat()
    assert chain.ask("www.example.org. A")[1] == "www.example.org. 5 A 192.0.2.1"


def test_each_file_has_its_own_interval(folder):
    folder.write()
    chain = folder.chain(". {\n file db a {\n  reload 5s\n }\n file db b {\n  reload 0\n }\n file db c\n}")
    assert [seconds for seconds, _ in chain.setting.repeats] == [5]


# What is refused.


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("file", "Corefile:2: file: DBFILE is missing"),
        ("file gone {\n reload 0\n}", "Corefile:2: file: .*/gone: No such file"),
        ("file db {\n reload\n}", "Corefile:3: file: .*reload DURATION"),
        ("file db {\n reload soon\n}", "Corefile:3: file: reload 'soon' is not a duration"),
        ("file db {\n reload -5s\n}", "Corefile:3: file: reload '-5s' is less than 0"),
        ("file db {\n reloading\n}", "Corefile:3: file: unknown property 'reloading'"),
        ("file zero", "Corefile:2: file: .*/zero: the SOA's serial is 0"),
        ("file broken", ".*/broken:1: file: no TTL .*zone example.org. of Corefile:2"),
        ("file none", ".*/none:1: file: no SOA record"),
        ("file .", "Corefile:2: file: .*: Is a directory"),
    ],
)
def test_what_can_not_be_served_is_told_with_its_place(folder, text, problem):
    folder.write()
    folder.write(serial=0, name="zero")
    (folder.path / "broken").write_text("@ SOA ns h 1 1 1 1 1\n")
    (folder.path / "none").write_text("@ 5 NS ns\n")
    with pytest.raises(CorefileError, match=f"^{problem}"):
        folder.chain("example.org {\n " + text + "\n}")


def test_the_zones_of_a_serial_0_file_are_fine_later(folder):
    folder.write(serial=5)
    chain = folder.chain("example.org {\n file db\n}")
    folder.write(serial=0, address="192.0.2.9")
    chain.repeat()
    assert chain.ask("www.example.org. A")[1] == "www.example.org. 5 A 192.0.2.9"
