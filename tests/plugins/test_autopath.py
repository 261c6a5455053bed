import pytest
from chain import Chain, make_query
from small_cluster import SmallCluster

from clusterdns.corefile import CorefileError
from clusterdns.dns.names import parse_name
from clusterdns.dns.reply import FOREVER, NEVER
from clusterdns.plugins import autopath

CLUSTER = """
    {kind: Namespace, metadata: {name: shop}}
    ---
    {kind: Service, metadata: {name: web, namespace: shop}, spec: {clusterIP: 10.96.0.1, ports: [{port: 80}]}}
    ---
    {kind: Pod, metadata: {name: client, namespace: shop}, status: {podIP: 10.244.0.9}}
"""
POD = "10.244.0.9"
WWW = 'template IN A www.example {\n answer "{{ .Name }} 60 IN A 192.0.2.1"\n }\n'
OUTSIDE = WWW + "template ANY ANY example {\n rcode NXDOMAIN\n }"
NOTHING_ELSE = WWW + "template ANY ANY . {\n rcode NXDOMAIN\n }"


@pytest.fixture(autouse=True)
def _machine(tmp_path, monkeypatch):
    (tmp_path / "machine").write_text("search corp.example\n")
    monkeypatch.setattr(autopath, "_MACHINE", tmp_path / "machine")


def in_cluster(pods="verified", more=OUTSIDE):
    block = f". {{\n autopath @kubernetes\n kubernetes cluster.local {{\n pods {pods}\n }}\n {more}\n}}"
    return Chain(block, tables=SmallCluster(CLUSTER).tables)


def by_file(tmp_path, search="search one.example two.example", zones="", more=NOTHING_ELSE):
    (tmp_path / "resolv.conf").write_text(f"nameserver 10.96.0.10\n{search}\noptions ndots:5\n")
    return Chain(f". {{\n autopath {zones} {tmp_path}/resolv.conf\n {more}\n}}")


def successes(chain):
    families = {family.name: family for family in chain.world.metrics.collect()}
    return sum(sample.value for sample in families["coredns_autopath_success_total"].samples)


def test_one_query_of_a_pod_finds_a_name_outside():
    chain = in_cluster()
    assert chain.ask("www.example.shop.svc.cluster.local. A", client=POD) == [
        "NOERROR aa",
        "www.example.shop.svc.cluster.local. 60 CNAME www.example.",
        "www.example. 60 A 192.0.2.1",
    ]
    assert successes(chain) == 1


def test_what_the_first_domain_has_needs_no_alias():
    chain = in_cluster()
    assert chain.ask("web.shop.svc.cluster.local. A", client=POD)[1:] == ["web.shop.svc.cluster.local. 5 A 10.96.0.1"]


def test_later_domains_are_tried_too():
    chain = in_cluster()
    assert chain.ask("Web.shop.shop.svc.cluster.local. A", client=POD)[1:] == [
        "Web.shop.shop.svc.cluster.local. 5 CNAME Web.shop.svc.cluster.local.",
        "Web.shop.svc.cluster.local. 5 A 10.96.0.1",
    ]


def test_the_machines_own_domains_follow():
    more = 'template IN A www.corp.example {\n answer "{{ .Name }} 60 IN A 192.0.2.8"\n }\n' + OUTSIDE
    chain = in_cluster(more=more)
    assert chain.ask("www.shop.svc.cluster.local. A", client=POD)[1:] == [
        "www.shop.svc.cluster.local. 60 CNAME www.corp.example.",
        "www.corp.example. 60 A 192.0.2.8",
    ]


def test_a_name_that_is_nowhere_is_denied_as_by_the_first_domain():
    chain = in_cluster()
    answer = chain.ask("nope.example.shop.svc.cluster.local. A", client=POD)
    assert answer[0] == "NXDOMAIN aa"
    assert answer[1].startswith("authority cluster.local. 5 SOA")
    assert successes(chain) == 0


def test_a_name_without_records_of_the_type_ends_the_search():
    assert in_cluster().ask("web.shop.svc.cluster.local. AAAA", client=POD)[0] == "NOERROR aa"


@pytest.mark.parametrize(
    ("pods", "client", "name"),
    [
        ("verified", "10.244.0.8", "www.example.shop.svc.cluster.local."),
        ("insecure", POD, "www.example.shop.svc.cluster.local."),
        ("verified", POD, "www.example.other.svc.cluster.local."),
        ("verified", POD, "www.example.svc.cluster.local."),
    ],
    ids=["no Pod", "Pods are not verified", "another namespace", "not the first domain"],
)
def test_no_path_is_walked_for_others(pods, client, name):
    assert in_cluster(pods).ask(f"{name} A", client=client)[0] == "NXDOMAIN aa"


def test_what_depends_on_the_client_is_not_kept():
    chain = in_cluster()
    for client in (POD, "10.244.0.8"):
        for name in (
            "www.example.shop.svc.cluster.local.",
            "web.shop.svc.cluster.local.",
            "x.example.shop.svc.cluster.local.",
        ):
            assert chain.reply(make_query(f"{name} A", client=client)).good_until == NEVER


def test_names_that_the_other_plugin_has_no_zone_for_are_kept_for_everybody():
    chain = in_cluster(more="any\n")
    assert chain.reply(make_query("www.example. ANY", client=POD)).good_until == FOREVER


def test_the_search_path_of_a_file(tmp_path):
    more = 'template IN A www.two.example {\n answer "{{ .Name }} 60 IN A 192.0.2.2"\n }\n' + NOTHING_ELSE
    chain = by_file(tmp_path, more=more)
    assert chain.ask("www.one.example. A")[1:] == [
        "www.one.example. 60 CNAME www.two.example.",
        "www.two.example. 60 A 192.0.2.2",
    ]
    assert chain.ask("www.example.one.example. A")[1:] == [
        "www.example.one.example. 60 CNAME www.example.",
        "www.example. 60 A 192.0.2.1",
    ]
    assert chain.ask("nope.two.example. A") == ["NXDOMAIN aa"]


def test_the_first_domain_itself_has_nothing_in_front_of_it(tmp_path):
    assert by_file(tmp_path).ask("one.example. A") == [
        "SERVFAIL unanswered trimzone: overshot qname: one.example.for zone one.example."
    ]


def test_only_zones_that_are_named_are_looked_at(tmp_path):
    chain = by_file(tmp_path, zones="other.example")
    assert chain.ask("www.example.one.example. A") == ["NXDOMAIN aa"]


def test_a_name_that_grows_too_long_is_left_out(tmp_path):
    chain = by_file(tmp_path, search=f"search a {'b' * 60}.example")
    name = ".".join(["x" * 60, "y" * 60, "z" * 60, "w" * 10])
    assert chain.ask(f"{name}.a. A") == ["NXDOMAIN aa"]


def test_a_failure_with_a_reason_ends_the_search(tmp_path):
    chain = by_file(tmp_path, more="template IN A one.example {\n match nothing\n }")
    assert chain.ask("www.one.example. A")[0].startswith("SERVFAIL unanswered")


@pytest.mark.parametrize(
    ("text", "domains"),
    [
        ("search a.example B.example.\n", ["a.example.", "b.example."]),
        ("domain a.example b\nnameserver 1.1.1.1\n", ["a.example."]),
        ("search a\nsearch b c\n", ["b.", "c."]),
        ("# search a\n;search b\nsearch\n", []),
        ("", []),
    ],
)
def test_search_domains_are_those_of_the_last_line_that_has_them(text, domains):
    assert autopath.search_domains(text) == tuple(map(parse_name, domains))


def test_a_file_is_not_looked_for_below_the_root_of_other_plugins(tmp_path):
    (tmp_path / "resolv.conf").write_text("search one.example\n")
    with pytest.raises(CorefileError, match="No such file"):
        Chain(f". {{\n root {tmp_path}\n autopath resolv.conf\n}}")


def test_the_erratic_plugin_has_a_search_path_for_tests():
    template = 'template IN A . {\n match ^www[.]example[.]$\n answer "{{ .Name }} 60 IN A 192.0.2.1"\n fallthrough\n }'
    none = "template ANY ANY . {\n rcode NXDOMAIN\n }"
    chain = Chain(f". {{\n autopath @erratic\n {template}\n {none}\n erratic\n}}")
    assert chain.ask("www.example.a.example.org. A")[1:] == [
        "www.example.a.example.org. 60 CNAME www.example.",
        "www.example. 60 A 192.0.2.1",
    ]
    assert chain.ask("www.corp.example.a.example.org. A") == ["NXDOMAIN aa"]
    assert chain.ask("www.example.b.example.org. A") == ["NXDOMAIN aa"]


def test_a_plugin_that_is_not_there_is_silently_none():
    chain = Chain(f". {{\n autopath @kubernetes\n {OUTSIDE}\n}}")
    assert chain.ask("www.example. A")[0] == "NOERROR aa"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("autopath", "FILE|@PLUGIN"),
        ("autopath nowhere.conf", "nowhere.conf: No such file"),
        ("autopath @any\n any", "the plugin 'any' knows no search paths"),
    ],
)
def test_what_is_wrong_is_said(line, problem, tmp_path):
    with pytest.raises(CorefileError, match="autopath: ") as error:
        Chain(f". {{\n {line}\n}}", root=tmp_path)
    assert problem in str(error.value)


def test_a_name_that_is_dropped_on_the_way_is_a_failure(tmp_path):
    acl = "acl two.example {\n drop\n }\n"
    chain = by_file(tmp_path, more=acl + NOTHING_ELSE)
    assert chain.ask("x.one.example. A") == ["SERVFAIL unanswered"]
