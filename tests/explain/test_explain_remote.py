"""A running server that is asked over DNS, and how it differs from the manifests."""

import os
import time
from collections.abc import Callable
from pathlib import Path

from asking_sites import AskedSites
from explaining import Explained, pod, service
from serving import free_port

from clusterdns.dns import codes
from clusterdns.dns.names import parse_name
from clusterdns.dns.record import Record
from clusterdns.dns.reply import Reply
from clusterdns.explain.remote import RemoteServer
from clusterdns.records.apex import soa
from clusterdns.testing import ClusterDNS

Explain = Callable[..., Explained]

WEB = service("{clusterIP: 10.96.0.80, selector: {app: web}, ports: [{name: http, port: 80}]}") + pod("a")
MOVED = WEB.replace("10.96.0.80", "10.96.0.81")
NAME = "web.default.svc.cluster.local."


def test_a_server_that_serves_the_same_manifests_is_explained_by_them(explain: Explain) -> None:
    with ClusterDNS(WEB) as dns:
        server = f"{dns.host}:{dns.port}"
        told = explain(f"web @{server}", WEB)

    assert "web resolves to 10.96.0.80: the cluster address of Service default/web" in told.summary
    query = told.query(NAME)
    assert (query["server"], query["tier"]) == (server, "network")
    assert not {"server-differs", "server-stale"} & told.codes


def test_why_a_server_lacks_a_name_comes_from_the_manifests(explain: Explain) -> None:
    with ClusterDNS(WEB) as dns:
        server = f"{dns.host}:{dns.port}"
        told = explain(f"wbe @{server}", WEB)

    assert "there is no Service wbe in namespace default (did you mean web?)" in told.summary
    assert [query["server"] for query in told.queries] == [server] * len(told.queries)


def test_a_server_of_other_manifests_is_said_to_differ(explain: Explain) -> None:
    with ClusterDNS(MOVED) as dns:
        server = f"{dns.host}:{dns.port}"
        told = explain(f"web @{server}", WEB)

    assert told.answers == ["10.96.0.81"]
    said = f"{server} says 10.96.0.81, and the manifests would give 10.96.0.80: it serves other manifests"
    assert said in told.said("server-differs")


def test_a_server_that_missed_a_change_is_said_to_be_stale(explain: Explain, tmp_path: Path) -> None:
    manifest = tmp_path / "web.yaml"
    with ClusterDNS(service("{ports: [{port: 80}]}", "other")) as dns:
        manifest.write_text(WEB)
        os.utime(manifest, (time.time() + 60, time.time() + 60))
        told = explain(f"web @127.0.0.1:{dns.port} -f {manifest}")

    assert told.status == 1
    assert "says NXDOMAIN, and the manifests would give 10.96.0.80: its last change was at " in told.summary
    assert f"and {manifest} was written at " in told.summary


def test_a_server_for_other_zones_refuses(explain: Explain) -> None:
    with ClusterDNS(WEB, corefile="example.org {\n whoami\n}\n") as dns:
        told = explain(f"web @127.0.0.1:{dns.port}", WEB)

    assert "says REFUSED, and the manifests would give 10.96.0.80: it does not serve this zone" in told.summary


def test_a_server_that_is_not_there_gives_no_reply(explain: Explain) -> None:
    told = explain(f"{NAME} @127.0.0.1:{free_port()}", WEB)

    assert "Connection refused" in told.summary
    assert "clusterdns serve is at port 5353" in told.hint
    assert told.json["error"]


def test_names_of_others_are_what_the_server_says(explain: Explain) -> None:
    with ClusterDNS(WEB) as dns:
        server = f"{dns.host}:{dns.port}"
        told = explain(f"www.example.com. @{server}", WEB)

    assert f"{server} says NXDOMAIN to www.example.com" in told.summary


def answering(ttl: int, address: int = 80) -> Callable[[bytes, int], Reply]:
    """A server that has one name, with that TTL, and denies others for 30 seconds."""

    def exchange(name: bytes, qtype: int) -> Reply:
        if name != parse_name(NAME):
            reply = Reply(codes.NXDOMAIN)
            reply.authority = [soa(parse_name("cluster.local"), 30, 1)]
        else:
            reply = Reply(codes.NOERROR)
            reply.answer = [Record(name, qtype, ttl, bytes([10, 96, 0, address]))]
        return reply

    return exchange


def first_reason(folder: Path, ttl: int, address: int = 80) -> str:
    sites = AskedSites(folder, "cluster.local {\n kubernetes {\n  ttl 30\n }\n}\n", WEB)
    server = RemoteServer("192.0.2.53:53", answering(ttl, address), sites.sites)
    return str(sites.reasons(sites.run(lambda: server.ask(parse_name(NAME), codes.A)))[0])


def test_a_ttl_that_has_counted_down_tells_of_a_cache(tmp_path: Path) -> None:
    assert first_reason(tmp_path, 17) == (
        "this answer comes from the cache, 13 seconds old: its TTL is 17 of 30 → it is asked anew in 17 seconds"
    )


def test_a_ttl_of_nothing_tells_of_a_stale_answer(tmp_path: Path) -> None:
    assert first_reason(tmp_path, 0).startswith("this answer comes from the cache and is stale: its TTL is 0, and 30")


def test_a_whole_ttl_tells_nothing(tmp_path: Path) -> None:
    assert first_reason(tmp_path, 30).startswith("the cluster address of Service default/web")


def test_a_cache_that_has_the_answer_of_before_a_change_is_no_sign_of_other_manifests(tmp_path: Path) -> None:
    assert first_reason(tmp_path, 17, address=79) == (
        "this answer comes from the cache, 13 seconds old: its TTL is 17 of 30; the manifests would give 10.96.0.80"
        " → it is asked anew in 17 seconds"
    )
