import pytest
from chain import Chain, make_query

from clusterdns.corefile import CorefileError
from clusterdns.dns.names import parse_name

ZONE = "$TTL 5\n@ SOA ns h {serial} 1 1 1 1\n@ NS ns\nns A 192.0.2.53\nwww A {address}\n*.wild TXT any\n"
BLOCK = "auto {\n directory zones\n }"


@pytest.fixture
def folder(tmp_path):
    """Where zone files come and go; `folder.chain()` answers from them."""

    class Folder:
        path = tmp_path / "zones"

        def write(self, name, serial=1, address="192.0.2.1"):
            file = self.path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(ZONE.format(serial=serial, address=address))
            return file

        def chain(self, plugins=BLOCK, zones=".", below="whoami"):
            chain = Chain(f"{zones} {{\n {plugins}\n {below}\n}}", root=tmp_path)
            chain.start()
            return chain

    return Folder()


def address_of(chain, name):
    lines = chain.ask(f"{name} A")
    return lines[1].split()[-1] if lines[0] == "NOERROR aa" and len(lines) > 1 else lines[0]


def test_every_file_that_is_named_after_a_zone_is_served(folder):
    folder.write("db.example.org", address="192.0.2.1")
    folder.write("below/and/below/db.Example.NET", address="192.0.2.2")
    folder.write("readme.txt")
    chain = folder.chain()
    assert address_of(chain, "www.example.org.") == "192.0.2.1"
    assert address_of(chain, "WWW.example.net.") == "192.0.2.2"
    assert "NXDOMAIN" in chain.ask("other.example.org. A")[0]
    assert chain.ask("www.other. A")[1].startswith("additional")
    assert (
        f"[INFO] plugin/auto: Inserting zone `example.org.' from: {folder.path}/db.example.org\n"
        in chain.log.getvalue()
    )


@pytest.mark.parametrize(
    ("file", "naming", "zone"),
    [
        ("up.example.db", r"up[.](.*)[.]db {1}", "example."),
        ("example.zone", r"^(.*)\.zone$ {1}.org", "example.org."),
        ("org-example", r"(\w+)-(\w+) {2}.{1}", "example.org."),
        ("org-example", r"(?P<top>\w+)-(?P<name>\w+) $name.{top}", "example.org."),
        ("a-b", r"(a)-(b) $2.{1}.{3}x$$", "b.a.x$."),
        ("a", "(a)(b)? {1}{2}", "a."),
        ("anything", "(.*) bliep", "bliep."),
        ("db.example.bak", "", "example.bak."),
    ],
)
def test_how_a_file_names_its_zone(folder, file, naming, zone):
    folder.write(file)
    chain = folder.chain(f"auto {{\n directory zones {naming}\n }}")
    assert chain.setting.plugins["auto"].folder.origins == (parse_name(zone),)


def test_only_its_zones_are_answered(folder):
    folder.write("db.example.org")
    folder.write("db.example.net")
    chain = folder.chain("auto example.net {\n directory zones\n }")
    assert chain.ask("www.example.org. A")[1].startswith("additional")
    assert address_of(chain, "www.example.net.") == "192.0.2.1"


def test_the_last_of_a_chain_refuses_what_it_has_no_file_for(folder):
    folder.write("db.example.org")
    chain = folder.chain("auto example.org example.net {\n directory zones\n }", below="")
    assert chain.ask("www.example.net. A") == ["REFUSED unanswered"]
    assert chain.ask("www.other. A") == ["SERVFAIL unanswered no next plugin found"]
    assert chain.ask("example.org. AXFR") == ["REFUSED unanswered"]


def test_files_come_change_and_go(folder):
    first = folder.write("db.example.org")
    chain = folder.chain()
    revision = chain.world.revision
    chain.repeat()
    assert chain.world.revision == revision

    folder.write("db.example.org", serial=2, address="192.0.2.2")
    folder.write("db.example.net", address="192.0.2.3")
    chain.repeat()
    assert chain.world.revision > revision
    assert address_of(chain, "www.example.org.") == "192.0.2.2"
    assert address_of(chain, "www.example.net.") == "192.0.2.3"

    revision = chain.world.revision
    first.unlink()
    chain.repeat()
    assert chain.world.revision > revision
    assert chain.ask("www.example.org. A")[1].startswith("additional")
    log = chain.log.getvalue()
    assert f'[INFO] plugin/file: Successfully reloaded zone "example.org." in "{first}" with 2 SOA serial\n' in log
    assert "[INFO] plugin/auto: Deleting zone `example.org.'\n" in log


def test_a_file_is_read_again_only_when_its_serial_has_changed(folder):
    folder.write("db.example.org")
    chain = folder.chain()
    folder.write("db.example.org", address="192.0.2.2")
    chain.repeat()
    assert address_of(chain, "www.example.org.") == "192.0.2.1"


def test_a_file_that_breaks_leaves_its_zone_as_it_was(folder):
    file = folder.write("db.example.org")
    chain = folder.chain()
    file.write_text("@ SOA nonsense\n")
    chain.repeat()
    assert address_of(chain, "www.example.org.") == "192.0.2.1"
    assert '[ERROR] plugin/file: Parsing zone "example.org.": ' in chain.log.getvalue()


def test_a_broken_file_is_told_and_keeps_no_other_from_being_served(folder):
    folder.write("db.example.org")
    folder.write("db.example.net").write_text("@ SOA nonsense\n")
    folder.write("db.example.com", serial=0)
    folder.write("db.a..b")
    (folder.path / "db.link").symlink_to("nowhere")
    chain = folder.chain()
    assert address_of(chain, "www.example.org.") == "192.0.2.1"
    log = chain.log.getvalue()
    for warning in (
        f"Parse zone `example.net.': {folder.path}/db.example.net:1: ",
        "Parse zone `example.com.': ",
        "has an empty label",
        f"Opening {folder.path}/db.link failed: No such file or directory",
    ):
        assert f"[WARNING] plugin/auto: {warning}" in log or warning in log
    problems = list(chain.setting.plugins["auto"].folder.check())
    assert len(problems) == 4


def test_of_two_files_for_one_zone_the_first_counts(folder):
    folder.write("a/db.example.org", address="192.0.2.1")
    folder.write("b/db.example.org", address="192.0.2.2")
    chain = folder.chain()
    assert address_of(chain, "www.example.org.") == "192.0.2.1"
    assert '[WARNING] plugin/auto: Multiple zone files match origin "example.org.": using "' in chain.log.getvalue()
    (folder.path / "a/db.example.org").unlink()
    folder.write("b/db.example.org", serial=2, address="192.0.2.3")
    chain.repeat()
    assert address_of(chain, "www.example.org.") == "192.0.2.3"


def test_a_folder_that_is_swapped_as_a_config_map_is_read_again(folder):
    """Kubernetes mounts a ConfigMap as a link to a folder with a date, and swaps the link."""
    folder.write("..1/db.example.org")
    link = folder.path / "..data"
    link.symlink_to("..1")
    (folder.path / "db.example.org").symlink_to("..data/db.example.org")
    chain = folder.chain()
    folder.write("..2/db.example.org", serial=2, address="192.0.2.2")
    (folder.path / "new").symlink_to("..2")
    (folder.path / "new").replace(link)
    (folder.path / "..1/db.example.org").unlink()
    (folder.path / "..1").rmdir()
    chain.repeat()
    assert address_of(chain, "www.example.org.") == "192.0.2.2"


def test_a_folder_may_come_later(folder):
    chain = folder.chain()
    assert "[WARNING] plugin/auto: error reading" in chain.log.getvalue()
    folder.write("db.example.org")
    chain.repeat()
    assert address_of(chain, "www.example.org.") == "192.0.2.1"


def test_a_reload_of_0_never_looks_again(folder):
    assert folder.chain("auto {\n directory zones\n reload 0\n }").setting.repeats == []
    assert folder.chain("auto {\n directory zones\n reload 7s\n }").setting.repeats[0][0] == 7


def test_without_a_folder_there_is_nothing(folder):
    chain = folder.chain("auto")
    assert chain.ask("www.example.org. A")[1].startswith("additional")
    assert "[WARNING] plugin/auto: no directory is given\n" in chain.log.getvalue()


def test_zones_can_be_transferred(folder):
    folder.write("db.example.org")
    chain = folder.chain(f"transfer {{\n to *\n }}\n {BLOCK}")
    reply = chain.reply(make_query("example.org. AXFR", transport="tcp"))
    assert len([record for batch in reply.transfer for record in batch]) == 6
    assert chain.setting.plugins["auto"].transfer(parse_name("example.net"), None) is None


def test_metrics_tell_its_zones_apart(folder):
    file = folder.write("db.example.org")
    chain = folder.chain(f"prometheus 127.0.0.1:0\n {BLOCK}")
    chain.ask("www.example.org. A")
    chain.ask("www.other. A")
    file.unlink()
    chain.repeat()
    chain.ask("www.example.org. MX")
    requests = next(family for family in chain.world.metrics.collect() if family.name == "coredns_dns_requests_total")
    labels = [dict(sample.labels) for sample in requests.samples]
    assert sorted((each["zone"], each["type"]) for each in labels) == [(".", "A"), (".", "MX"), ("example.org.", "A")]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ("directory", "DIR is missing"),
        ("directory zones * {1}", "REGEXP '\\*' is not a regular expression"),
        ("directory zones .* {1}", "has no group"),
        ("directory zones (.*)", "ORIGIN_TEMPLATE is missing"),
        ("directory zones (.*) {1} aa", "unexpected 'aa'"),
        ("directory file/zones", "Not a directory"),
        ("reload", "1 argument expected"),
        ("reload -1s", "is less than 0"),
        ("no_reload", "unknown property 'no_reload'"),
    ],
)
def test_what_is_wrong_is_told(tmp_path, options, problem):
    (tmp_path / "file").write_text("")
    with pytest.raises(CorefileError, match=rf"^Corefile:3: auto: .*{problem}"):
        Chain(f". {{\n auto {{\n {options}\n }}\n}}", root=tmp_path)


def test_an_alias_that_leads_into_a_delegation_is_a_referral_without_authority(folder):
    """Unlike the same zone in the file plugin."""
    file = folder.write("db.example")
    file.write_text(file.read_text() + "sub NS ns.sub\nns.sub A 192.0.2.54\nalias CNAME web.sub\n")
    assert folder.chain().ask("alias.example. A") == [
        "NOERROR",
        "alias.example. 5 CNAME web.sub.example.",
        "authority sub.example. 5 NS ns.sub.example.",
        "additional ns.sub.example. 5 A 192.0.2.54",
    ]
