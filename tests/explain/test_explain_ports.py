"""SRV records by the names of ports, and types of records that a name lacks."""

import pytest
from explaining import pod, service

WEB = service("{selector: {app: web}, ports: [{name: http, port: 80}, {name: dns, port: 53, protocol: UDP}]}") + pod(
    "a"
)
NAMELESS = service("{selector: {app: web}, ports: [{port: 80}]}") + pod("a")


def test_a_port_without_a_name_has_no_srv_record_by_name(explain):
    told = explain("_http._tcp.web SRV", NAMELESS)

    assert "port 80 of Service default/web has no name, so there is no SRV record for it by name" in told.summary
    assert told.hint == "name: http at that port"


def test_a_port_of_another_name_is_named(explain):
    told = explain("_htpp._tcp.web SRV", WEB)

    assert "no port of Service default/web is called htpp (did you mean http?)" in told.summary
    assert told.hint == "ask for one of _http._tcp, _dns._udp"


def test_a_port_of_another_protocol_is_named(explain):
    told = explain("_dns._tcp.web SRV", WEB)

    assert "port dns of Service default/web is UDP, not TCP" in told.summary
    assert told.hint == "ask for _dns._udp"


@pytest.mark.parametrize("name", ["web", "_http._tcp.web"])
def test_a_headless_service_without_ports_has_no_srv_records(explain, name):
    told = explain(f"{name} SRV", service("{clusterIP: None, selector: {app: web}}") + pod("a"))

    assert "a headless Service without ports has no SRV records" in told.summary


def test_ports_that_are_there_are_told(explain):
    told = explain("_http._tcp.web SRV", WEB)

    assert told.answers == ["0 100 80 web.default.svc.cluster.local."]
    assert "ports of Service default/web" in told.summary


def test_a_service_of_one_family_has_no_address_of_the_other(explain):
    told = explain("web AAAA", WEB)

    assert "Service default/web is single-stack, IPv4 alone, so there is no AAAA" in told.summary
    assert explain("web A", WEB).status == 0


def test_names_of_services_have_no_mail_exchange(explain):
    told = explain("web MX", WEB)

    assert "names of Services have no MX" in told.summary
    assert told.hint == "ask for A, AAAA or SRV"


def test_a_service_with_an_address_is_no_alias(explain):
    assert "Service default/web is no ExternalName, so its name is no alias" in explain("web CNAME", WEB).summary


def test_a_namespace_is_no_address(explain):
    told = explain("default.svc", WEB)

    assert "the name exists, and has no A: there are only names below it" in told.summary


def test_an_address_is_asked_for_backwards(explain):
    told = explain("10.96.0.1 PTR", WEB)

    assert told.answers == ["kubernetes.default.svc.cluster.local."]
    assert "the cluster address of Service default/kubernetes" in told.summary


def test_an_address_that_nobody_has_has_no_name(explain):
    told = explain("10.96.99.99 PTR", WEB)

    assert "no Service and no ready endpoint has the address 10.96.99.99" in told.said("no-pointer")


def test_of_an_address_nothing_is_asked(explain):
    told = explain("10.96.0.1", WEB)

    assert (told.status, told.queries) == (0, [])
    assert told.summary == "'10.96.0.1' is an address: nothing is asked"
    assert told.hint == "clusterdns explain 10.96.0.1 PTR asks for its name"


def test_a_pod_that_no_service_selects_has_no_name_by_its_address(explain):
    told = explain("10.244.0.9 PTR", pod("box", "{podIP: 10.244.0.9}"))

    assert "no Service and no ready endpoint has the address 10.244.0.9, though Pod default/box has it" in told.said(
        "no-pointer"
    )
