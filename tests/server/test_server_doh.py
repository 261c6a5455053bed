"""HTTP for DNS: which requests carry a query, which code others get, how long caches may keep a reply."""

import http.client
from base64 import urlsafe_b64encode

import dns.message
import dns.rrset
import pytest
from answering import PATIENCE, Answering, Stub, answering, query_wire

from clusterdns.server.doh import lifetime

MESSAGE = query_wire("web.example.", ident=0)


def encoded(message: bytes) -> str:
    return urlsafe_b64encode(message).decode().rstrip("=")


@pytest.fixture
def server():
    """A server of plain HTTP, as behind a proxy."""
    with answering(Stub(), transport="https") as answers:
        yield answers


def fetch(server: Answering, method: str, path: str, body: bytes | None = None, **headers: str):
    """Status, headers and body of the response to a request."""
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    try:
        client.request(method, path, body, headers)
        response = client.getresponse()
        return response.status, dict(response.getheaders()), response.read()
    finally:
        client.close()


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_query_comes_in_the_path_or_in_the_body(server, method):
    path, body = ("/dns-query", MESSAGE) if method == "POST" else (f"/dns-query?dns={encoded(MESSAGE)}", None)
    status, headers, reply = fetch(server, method, path, body)
    assert (status, headers["content-type"]) == (200, "application/dns-message")
    assert headers["content-length"] == str(len(reply))
    assert headers["cache-control"] == "max-age=5"
    assert dns.message.from_wire(reply).answer[0].to_text() == "web.example. 5 IN A 127.0.0.1"


@pytest.mark.parametrize(
    ("status", "method", "path", "body"),
    [
        (404, "GET", "/", None),
        (404, "POST", "/dns-query/", MESSAGE),
        (400, "GET", "/dns-query", None),
        (400, "GET", "/dns-query?dns=", None),
        (400, "GET", "/dns-query?dns=AAA$", None),
        (400, "GET", f"/dns-query?dns={encoded(MESSAGE)}&dns={encoded(MESSAGE)}", None),
        (400, "GET", f"/dns-query?dns={encoded(MESSAGE)}=", None),
        (400, "PUT", "/dns-query", MESSAGE),
        (400, "HEAD", f"/dns-query?dns={encoded(MESSAGE)}", None),
        (400, "POST", "/dns-query", b""),
        (400, "POST", "/dns-query", b"no message"),
        (400, "POST", "/dns-query", MESSAGE[:-1]),
        (400, "POST", "/dns-query", b"\0\0\x80" + MESSAGE[3:]),  # a reply
        (400, "POST", "/dns-query", bytes(65_536)),
        (500, "POST", "/dns-query", query_wire("drop.example.", ident=0)),
        (500, "POST", "/dns-query", query_wire("zone-2.example.", "AXFR", ident=0)),
    ],
)
def test_what_is_no_query_or_has_no_reply_gets_a_code(server, status, method, path, body):
    assert fetch(server, method, path, body)[0] == status
    assert fetch(server, "POST", "/dns-query", MESSAGE)[0] == 200


def test_a_path_may_be_spelled_with_escapes(server):
    assert fetch(server, "POST", "/dns%2Dquery", MESSAGE)[0] == 200


def test_responses_are_counted_by_their_code(server):
    for path in ("/dns-query", "/dns-query", "/elsewhere"):
        fetch(server, "POST", path, MESSAGE)
    counted = {
        sample.labels: sample.value
        for family in server.service.world.metrics.collect()
        for sample in family.samples
        if family.name == "coredns_dns_https_responses_total"
    }
    address = ("server", "dns://:53")
    assert counted == {(address, ("status", "200")): 2, (address, ("status", "404")): 1}


SOA = "example. {} IN SOA ns.example. host.example. 1 2 3 4 5"


@pytest.mark.parametrize(
    ("seconds", "rcode", "sections"),
    [
        (7, "NOERROR", {"answer": ["web.example. 30 IN A 192.0.2.1", "web.example. 7 IN A 192.0.2.2"]}),
        (9, "NOERROR", {"answer": ["web.example. 30 IN A 192.0.2.1"], "authority": ["example. 9 IN NS ns.example."]}),
        (8, "NOERROR", {"answer": ["web.example. 30 IN A 192.0.2.1"], "additional": ["ns.example. 8 IN A 192.0.2.3"]}),
        (3600, "NOERROR", {"answer": ["web.example. 86400 IN A 192.0.2.1"]}),
        (60, "NXDOMAIN", {"authority": [SOA.format(60)]}),
        (61, "NOERROR", {"authority": [SOA.format(61)]}),
        (5, "NOERROR", {"authority": ["example. 300 IN NS ns.example."]}),  # a referral
        (5, "NXDOMAIN", {"answer": ["web.example. 30 IN CNAME nowhere.example."], "authority": [SOA.format(60)]}),
        (5, "SERVFAIL", {"authority": [SOA.format(60)]}),
        (5, "NOERROR", {}),
    ],
)
def test_caches_may_keep_a_reply_as_long_as_its_shortest_ttl(seconds, rcode, sections):
    reply = dns.message.make_response(dns.message.make_query("web.example.", "A", use_edns=0))
    reply.set_rcode(dns.rcode.from_text(rcode))
    for section, records in sections.items():
        getattr(reply, section).extend(dns.rrset.from_text(*record.split(maxsplit=4)) for record in records)
    assert lifetime(reply.to_wire()) == seconds
