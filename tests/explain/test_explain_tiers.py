"""Server blocks of one Corefile that forward to each other: the way through all of them, without a socket."""

from collections.abc import Callable

from explaining import Explained, service
from serving import ROOT

Explain = Callable[..., Explained]

WEB = service("{clusterIP: 10.96.0.80, ports: [{name: http, port: 80}]}")
NAME = "web.default.svc.cluster.local."
TIERS = """\
.:5301 {
    cache 30
    forward . 127.0.0.1:5302
}
.:5302 {
    kubernetes cluster.local
    forward . 127.0.0.1:5303
}
.:5303 {
    template IN A example.com {
        answer "{{ .Name }} 60 IN A 192.0.2.1"
    }
}
"""


def test_clients_ask_the_tier_that_no_other_forwards_to(explain: Explain) -> None:
    query = explain("web", WEB, TIERS).query(NAME)

    assert query["block"]["keys"] == [".:5301"]
    assert (query["tier"], query["upstream"]) == ("upstream", "127.0.0.1:5302")
    assert query["further"]["block"]["keys"] == [".:5302"]
    assert query["further"]["plugin"] == "kubernetes"


def test_why_a_name_is_not_there_is_known_to_the_tier_that_has_the_cluster(explain: Explain) -> None:
    assert "there is no Service wbe in namespace default (did you mean web?)" in explain("wbe", WEB, TIERS).summary


def test_the_way_goes_through_all_tiers(explain: Explain, tmp_path: object) -> None:
    told = explain("www.example.com.", WEB, TIERS)
    further = told.query("www.example.com.")["further"]["further"]

    assert (further["block"]["keys"], further["plugin"]) == ([".:5303"], "template")
    assert f"template at {tmp_path}/Corefile:10 says so" in told.summary


def test_a_tier_that_forwards_to_itself_is_seen(explain: Explain) -> None:
    told = explain("www.example.com.", WEB, ".:5301 {\n forward . 127.0.0.1:5301\n}\n")

    assert "gives no answer: it forwards to itself, in a circle" in told.summary


def test_the_lab_shows_its_four_tiers(explain: Explain) -> None:
    told = explain(f"www.google.com. --conf {ROOT}/config/lab/Corefile --pod-cidr 20.96.0.0/12 -f {ROOT}/manifests/lab")

    way, places = told.queries[0], []
    while way is not None:
        places.append(way["block"]["keys"])
        way = way["further"]
    assert places == [[".:5253"], [".:5353"], [".:5453"], [".:5553"]]
