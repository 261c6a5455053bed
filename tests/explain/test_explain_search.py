"""What the search list makes of a name, what that costs, and where resolvers differ."""

import pytest
from explaining import pod, service

WEB = service("{clusterIP: 10.96.0.80, ports: [{name: http, port: 80}]}")
OUTSIDE = """\
cluster.local {
    kubernetes
}
. {
    template IN A . {
        match ^www[.]example[.]com[.]$
        answer "{{ .Name }} 60 IN A 192.0.2.1"
        fallthrough
    }
    template ANY ANY . {
        rcode NXDOMAIN
    }
}
"""
FAILING = """\
kube-system.svc.cluster.local {
    template ANY ANY {
        rcode SERVFAIL
    }
}
"""


def test_fewer_dots_than_ndots_cost_a_walk(explain):
    told = explain("www.example.com", WEB, OUTSIDE)

    assert told.answers == ["192.0.2.1"]
    assert "'www.example.com' has 2 dots, fewer than ndots:5, so the search list" in told.said("search-cost")
    assert "3 names and 6 queries before www.example.com" in told.said("search-cost")
    assert "'www.example.com.', with its final dot, is asked at once" in told.said("search-cost")
    assert len(told.queries) == 8


def test_a_final_dot_spares_the_walk(explain):
    told = explain("www.example.com.", WEB, OUTSIDE)

    assert told.names == ["www.example.com."]
    assert "search-cost" not in told.codes


def test_a_final_dot_keeps_a_short_name_from_being_completed(explain):
    told = explain("web.default.", WEB, OUTSIDE)

    assert told.names == ["web.default."]
    assert (
        "'web.default.' ends in a dot, so it is asked as it is, and never web.default.svc.cluster.local" in told.summary
    )
    assert told.hint == "ask for web.default, or for web.default.svc.cluster.local."


def test_fewer_ndots_spare_the_walk(explain):
    assert explain("www.example.com --ndots 2", WEB, OUTSIDE).names == ["www.example.com."]


def test_more_dots_than_the_search_path_expects_keep_musl_from_searching(explain):
    told = explain("web.default.svc --resolver musl --ndots 2", WEB, OUTSIDE)

    assert "'web.default.svc' has 2 dots, ndots:2 or more, so musl asks it as it is, and never" in told.summary
    assert told.hint == "ask for web.default.svc.cluster.local"
    assert told.json["error"] == "EAI_NONAME"


def test_glibc_searches_all_the_same(explain):
    told = explain("web.default.svc --ndots 2", WEB, OUTSIDE)

    assert told.answers == ["10.96.0.80"]
    assert "as it is comes first" in told.said("search-cost")


def test_musl_stops_where_others_go_on(explain):
    told = explain("web.default --resolver musl --from kube-system", WEB, FAILING + OUTSIDE)

    assert "web.default.svc.cluster.local, which is there, is never asked" in told.summary
    assert told.hint == "ask for web.default.svc.cluster.local., with its final dot"
    assert explain("web.default --from kube-system", WEB, FAILING + OUTSIDE).answers == ["10.96.0.80"]


@pytest.mark.parametrize("resolver", ["glibc", "musl", "go", "c-ares"])
def test_every_resolver_finds_a_service_of_its_namespace(explain, resolver):
    told = explain(f"web --resolver {resolver}", WEB, OUTSIDE)

    assert told.answers == ["10.96.0.80"]
    assert told.json["client"]["resolver"] == resolver


def test_the_search_list_is_that_of_the_pod(explain):
    box = pod("box", spec="dnsConfig: {searches: [example.com], options: [{name: ndots, value: '2'}]}")

    told = explain("www --from default/box", WEB + box, OUTSIDE)

    assert told.answers == ["192.0.2.1"]
    assert told.json["client"]["ndots"] == 2
    assert told.json["client"]["search"][-1] == "example.com"


def test_the_search_list_is_that_of_the_namespace(explain):
    told = explain("web --from kube-system", WEB, OUTSIDE)

    assert told.names[0] == "web.kube-system.svc.cluster.local."
    assert told.hint == "ask for web.default"


@pytest.mark.parametrize(
    ("spec", "said", "hint"),
    [
        ("hostNetwork: true", "hostNetwork and no dnsPolicy for that", "dnsPolicy: ClusterFirstWithHostNet"),
        ("dnsPolicy: Default", "dnsPolicy Default, so it has the resolv.conf of its Node", "dnsPolicy: ClusterFirst"),
        (
            "dnsPolicy: None, dnsConfig: {nameservers: [192.0.2.53]}",
            "dnsPolicy None, and its dnsConfig names 192.0.2.53",
            "nameservers: [10.96.0.10]",
        ),
    ],
)
def test_a_pod_that_asks_another_dns_gets_no_names_of_the_cluster(explain, spec, said, hint):
    told = explain("web.default.svc.cluster.local --from default/box", WEB + pod("box", spec=spec), OUTSIDE)

    assert f"Pod default/box does not ask the DNS of the cluster: it has {said}" in told.summary
    assert told.hint == hint


def test_a_bare_cluster_has_the_search_list_all_the_same(explain):
    told = explain("web --bare", WEB, OUTSIDE)

    assert told.answers == ["10.96.0.80"]
    assert told.names == ["web.default.svc.cluster.local."]
