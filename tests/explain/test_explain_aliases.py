"""Services of type ExternalName: what keeps an alias from leading anywhere."""

import pytest
from explaining import service

WEB = service("{selector: {app: web}, ports: [{name: http, port: 80}]}")


def alias(target: str, name: str = "docs") -> str:
    return service(f"{{type: ExternalName, externalName: {target}}}", name)


def test_an_alias_of_an_address_is_no_name(explain):
    told = explain("docs", alias("192.0.2.10"))

    assert "externalName of Service default/docs: 192.0.2.10 is an address and not a name" in told.summary
    assert told.hint == "a Service without selector, and an EndpointSlice with the address"


def test_an_alias_that_does_not_resolve_outside_says_what_the_upstream_said(explain):
    told = explain("docs", alias("docs.example.com"))

    assert "Service default/docs is an alias of docs.example.com, which does not resolve: upstream 127." in told.summary
    assert told.summary.endswith("gives no answer: connection refused")
    query = told.query("docs.default.svc.cluster.local.")
    (inner,) = query["asked_itself"]
    assert (query["upstream"], inner["upstream"].partition(":")[0]) == ("", "127.0.0.1")
    assert (inner["name"], inner["plugin"]) == ("docs.example.com.", "forward")


def test_an_alias_within_the_cluster_that_leads_nowhere_says_why(explain):
    told = explain("docs", WEB + alias("wbe.default.svc.cluster.local"))

    assert (
        "is an alias of wbe.default.svc.cluster.local, which does not resolve: there is no Service wbe" in told.summary
    )
    assert "did you mean web?" in told.summary


def test_an_alias_of_an_alias_is_followed_to_the_reason(explain):
    told = explain("docs", alias("more.default.svc.cluster.local") + alias("192.0.2.10", "more"))

    assert "alias of more.default.svc.cluster.local, which does not resolve: externalName of" in told.summary


def test_an_alias_that_leads_back_to_itself_is_seen(explain):
    told = explain("a", alias("b.default.svc.cluster.local", "a") + alias("a.default.svc.cluster.local", "b"))

    assert "which leads back to it" in told.summary


@pytest.mark.parametrize("target", ["web", "web.default", "web.default.svc"])
def test_no_search_list_completes_the_target_of_an_alias(explain, target):
    told = explain("docs", WEB + alias(target))

    assert f"{target} is looked up as a whole name: no search path makes it one of this cluster" in told.summary
    assert told.hint == "web.default.svc.cluster.local"


def test_a_url_is_no_external_name(explain):
    told = explain("docs", alias("https://docs.example.com/"))

    assert told.status == 1
    assert "what the API server refuses is not there" in told.summary
    assert "Service default/docs: spec.externalName: 'https://docs.example.com/' is a URL" in told.summary
    assert told.hint == "docs.example.com"
    assert (told.queries, told.json["client"]) == ([], None)


def test_what_is_wrong_elsewhere_is_said_as_well(explain):
    told = explain("web", WEB + alias("https://docs.example.com/"))

    assert told.summary.startswith("web does not resolve, since nothing is served while manifests are wrong: Service")
    assert told.json["place"]["file"] == "stdin"
    assert told.json["place"]["line"] > 1


@pytest.mark.parametrize(
    ("name", "what"), [("_http._tcp.docs SRV", "ports"), ("one.docs", "endpoints"), ("10-0-0-1.docs", "endpoints")]
)
def test_an_alias_has_neither_ports_nor_endpoints(explain, name, what):
    told = explain(name, alias("docs.example.com"))

    assert f"Service default/docs is an ExternalName, which has no {what}" in told.summary


def test_an_alias_has_no_srv_records(explain):
    told = explain("docs SRV", alias("docs.example.com"))

    assert "Service default/docs is an ExternalName, which has no SRV records in CoreDNS" in told.summary
    assert told.hint == "ask for SRV at docs.example.com"


def test_an_alias_that_leads_somewhere_is_said_to_be_one(explain):
    told = explain("docs", WEB + alias("web.default.svc.cluster.local"))

    assert told.status == 0
    assert "Service default/docs is an alias of web.default.svc.cluster.local" in told.summary
    assert [each["type"] for each in told.query("docs.default.svc.cluster.local.")["records"]] == ["CNAME", "A"]
