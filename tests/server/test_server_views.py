"""Server blocks of the same zone: which of them takes a query, and that nobody gets what another's block has said."""

import io

import dns.message
import dns.rcode
import pytest
from answering import query_wire
from small_cluster import SmallCluster
from test_server_service import CLIENT, send

from clusterdns import corefile
from clusterdns.dns.query import UDP
from clusterdns.plugins.base import World
from clusterdns.records.tables import Tables
from clusterdns.server.service import Service
from clusterdns.server.site import Defaults, make_sites

OTHER = "198.51.100.9", 53
ANSWER = 'template ANY ANY . {{\n answer "{{{{ .Name }}}} 5 IN TXT {}"\n }}\n'
INSIDE = "expr incidr(client_ip(), '192.0.2.0/24')"


def block(zone, says, *expressions, metadata=False):
    """A server block that says where it is, and takes only queries for which all the expressions are true."""
    view = "".join(f" expr {expression}\n" for expression in expressions)
    view = f" view {says} {{\n{view} }}\n" if expressions else ""
    return f"{zone} {{\n{' metadata' if metadata else ''}\n{view} {ANSWER.format(says)}}}\n"


def service_of(*blocks):
    world = World(Tables())
    sites, problems = make_sites(corefile.parse("".join(blocks), "Corefile", env={}), world, Defaults())
    assert not problems, problems
    return Service("dns://:53", [(zone, site) for site in sites for zone in site.setting.zones], world)


def ask(service, name="web.example.", rdtype="A", client=CLIENT):
    """What the block that takes the query says, or the code that came instead."""
    wire = query_wire(name, rdtype, 7)
    reply = service.kept[UDP, 4].get(wire, service.clock()) or send(service, wire, client=client)
    message = dns.message.from_wire(reply)
    if message.answer:
        return message.answer[0][0].to_text().strip('"')
    return dns.rcode.to_text(message.rcode())


def test_the_first_block_whose_view_is_true_takes_the_query():
    service = service_of(
        block("example", "a", "type() == 'A'"),
        block("example", "text", "type() == 'TXT'", "name() startsWith 'web'"),
        block("example", "rest"),
    )
    assert ask(service) == "a"
    assert ask(service, rdtype="TXT") == "text"
    assert ask(service, "db.example.", "TXT") == "rest"


def test_a_block_without_view_leaves_nothing_to_those_behind_it():
    service = service_of(block("example", "all"), block("example", "a", "type() == 'A'"))
    assert ask(service) == "all"


def test_what_no_view_takes_is_for_the_parent_zones_block_or_refused():
    blocks = block("sub.example", "sub", "type() == 'A'"), block("example", "parent", "type() != 'MX'")
    service = service_of(*blocks)
    assert [ask(service, "web.sub.example.", rdtype) for rdtype in ("A", "TXT", "MX")] == ["sub", "parent", "REFUSED"]
    assert ask(service_of(*blocks, block(".", "root")), "web.sub.example.", "MX") == "root"


@pytest.mark.parametrize("expression", ["name()", "1 / 0 == 0", "incidr('nonsense', '10.0.0.0/8')", "false"])
def test_what_is_not_true_takes_no_query(expression):
    assert ask(service_of(block(".", "never", expression))) == "REFUSED"


def test_several_expressions_must_all_be_true():
    service = service_of(block(".", "both", "type() == 'A'", "name() == 'web.example.'"))
    assert ask(service) == "both"
    assert ask(service, "db.example.") == "REFUSED"
    assert ask(service, rdtype="TXT") == "REFUSED"


def test_the_view_of_a_client_is_kept_from_others():
    service = service_of(block(".", "inside", INSIDE.removeprefix("expr ")), block(".", "outside"))
    for _ in range(2):
        assert [ask(service, client=client) for client in (CLIENT, OTHER)] == ["inside", "outside"]


def test_a_name_that_views_of_clients_are_not_about_is_kept_all_the_same():
    service = service_of(
        block("sub.example", "inside", INSIDE.removeprefix("expr ")),
        block("example", "a", "type() == 'A'", "do() == false"),
        block("example", "rest"),
    )
    kept = service.kept[UDP, 4]
    for name, rdtype, is_kept in (
        ("web.example.", "A", True),
        ("web.example.", "TXT", True),
        ("web.sub.example.", "A", False),
        ("web.sub.example.", "TXT", False),
    ):
        ask(service, name, rdtype)
        assert (kept.get(query_wire(name, rdtype, 7), service.clock()) is not None) == is_kept


def test_the_server_asks_itself_for_the_same_client():
    """So what follows an alias into a zone with views is for this client alone."""
    alias = 'example {\n template ANY A . {\n answer "{{ .Name }} 5 IN CNAME www.other."\n }\n}\n'
    service = service_of(alias, block("other", "inside", INSIDE.removeprefix("expr ")), block("other", "outside"))
    for client, says in ((CLIENT, "inside"), (OTHER, "outside")) * 2:
        wire = query_wire("web.example.", "A", 7)
        reply = service.kept[UDP, 4].get(wire, service.clock()) or send(service, wire, client=client)
        assert dns.message.from_wire(reply).answer[-1][0].to_text() == f'"{says}"'


def test_denials_of_a_view_are_not_taken_for_those_of_all_names():
    cluster = SmallCluster()
    cluster.apply("{kind: Namespace, metadata: {name: default}}")
    text = ". {\n view odd {\n expr name() startsWith 'x'\n }\n kubernetes cluster.local\n}\n" + block(".", "rest")
    world = World(cluster.tables)
    sites, problems = make_sites(corefile.parse(text, "Corefile", env={}), world, Defaults())
    assert not problems
    service = Service("dns://:53", [(zone, site) for site in sites for zone in site.setting.zones], world)
    assert ask(service, "x1.cluster.local.") == "NXDOMAIN"
    assert ask(service, "y1.cluster.local.") == "rest"


def test_blocks_know_the_metadata_of_the_last_that_collected_it():
    """As in CoreDNS: a block without the metadata plugin sees what a block before it has collected."""
    service = service_of(
        block("example", "one", "metadata('view/name') == 'another'", metadata=True),
        block("example", "two", "metadata('view/name') == 'two'"),
        block("example", "three", "metadata('view/name') == 'three'", metadata=True),
        block("example", "four"),
    )
    assert ask(service) == "three"


def test_metrics_and_log_name_the_view():
    plugins = 'metadata\n log . "{/view/name} {name}"\n prometheus 127.0.0.1:0\n view mine {\n expr do() == false\n }\n'
    service = service_of(f". {{\n {plugins} {ANSWER.format('mine')}}}\n")
    service.world.log.stream = stream = io.StringIO()
    ask(service)
    service.world.log.flush()
    assert stream.getvalue() == "[INFO] mine web.example.\n"
    families = {family.name: family for family in service.world.metrics.collect()}
    assert dict(families["coredns_dns_requests_total"].samples[0].labels)["view"] == "mine"
    assert dict(families["coredns_template_matches_total"].samples[0].labels)["view"] == "mine"


# Questions for DS go to the parent.


def test_ds_goes_to_the_block_of_the_parent_that_takes_it():
    service = service_of(
        block("sub.example", "sub"),
        block("example", "parent a", "type() == 'A'").replace("view parent a", "view parent"),
        block("example", "parent"),
        block(".", "root"),
    )
    assert ask(service, "sub.example.", "DS") == "parent"
    assert ask(service, "other.", "DS") == "root"


def test_ds_goes_to_the_first_block_of_the_root_but_for_the_root_itself():
    service = service_of(block(".", "first", "opcode() == 0"), block(".", "second"))
    assert ask(service, "web.example.", "DS") == "first"
    assert ask(service, ".", "DS") == "second"
