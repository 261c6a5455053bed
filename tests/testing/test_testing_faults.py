"""Faults that a test injects: the names that they are for fail as said, all others are as they were."""

import dns.flags
import dns.query
import pytest
from asking import addresses, ask, rcode
from web import DB, DB_NAME, WEB, WEB_NAME, service

from clusterdns.testing import ClusterDNS, LookupFailed

ALL = "*.svc.cluster.local"


def test_the_first_queries_fail_and_the_next_do_not() -> None:
    with ClusterDNS(WEB, DB) as cluster:
        fault = cluster.fault("*.default.svc.cluster.local", rcode="SERVFAIL", times=2)

        answered = [rcode(ask(WEB_NAME, port=cluster.port)) for _ in range(4)]

        assert answered == ["SERVFAIL", "SERVFAIL", "NOERROR", "NOERROR"]
        assert fault.applied == 2
        assert [query.rcode for query in cluster.queries] == answered


def test_it_strikes_a_name_that_was_answered_before() -> None:
    with ClusterDNS(WEB) as cluster:
        for _ in range(3):
            cluster.resolve(WEB_NAME)
        cluster.fault(WEB_NAME, rcode="REFUSED")

        with pytest.raises(LookupFailed) as failed:
            cluster.resolve(WEB_NAME)

    assert failed.value.rcode == "REFUSED"


def test_other_names_are_untouched() -> None:
    with ClusterDNS(WEB, DB) as cluster:
        question = dns.message.make_query(DB_NAME, "A", id=7)
        before = dns.query.udp(question, cluster.host, 5, cluster.port).wire
        cluster.fault(WEB_NAME, rcode="SERVFAIL")

        assert dns.query.udp(question, cluster.host, 5, cluster.port).wire == before


def test_a_fault_ends_with_its_block_or_when_it_is_removed() -> None:
    with ClusterDNS(WEB) as cluster:
        with cluster.fault(ALL, empty=True) as fault:
            assert cluster.resolve(WEB_NAME) == []
        assert cluster.resolve(WEB_NAME) == ["10.96.1.1"]
        fault.remove()
        fault = cluster.fault(ALL, address="192.0.2.66")
        assert cluster.resolve(WEB_NAME) == ["192.0.2.66"]
        fault.remove()
        assert cluster.resolve(WEB_NAME) == ["10.96.1.1"]
        late = cluster.fault(ALL, empty=True)
    late.remove()


def test_a_query_that_is_dropped_gets_no_answer() -> None:
    with ClusterDNS(WEB) as cluster:
        cluster.fault(WEB_NAME, drop=True)
        with pytest.raises(LookupFailed, match=r"no answer from 127\.0\.0\.1:\d+ within 0\.05 s") as failed:
            cluster.resolve(WEB_NAME, timeout=0.05)

    assert failed.value.rcode is None


def test_a_reply_is_truncated_over_udp_and_whole_over_tcp() -> None:
    with ClusterDNS(WEB) as cluster:
        cluster.fault(WEB_NAME, truncate=True)

        assert ask(WEB_NAME, port=cluster.port).flags & dns.flags.TC
        assert addresses(ask(WEB_NAME, port=cluster.port, tcp=True)) == ["10.96.1.1"]
        assert cluster.resolve(WEB_NAME) == ["10.96.1.1"]


def test_the_answer_before_a_change_is_given_after_it() -> None:
    with ClusterDNS(WEB) as cluster:
        with cluster.fault(WEB_NAME, stale=True):
            cluster.apply(service("web", "10.96.1.2"))
            assert cluster.resolve(WEB_NAME) == ["10.96.1.1"]
        assert cluster.resolve(WEB_NAME) == ["10.96.1.2"]


@pytest.mark.parametrize(
    "corefile",
    [
        ".:53 {\n kubernetes cluster.local\n cache 30\n}\n",
        "cluster.local:53 {\n kubernetes\n log\n}\n.:53 {\n whoami\n}\n",
        "cluster.local {\n fault other.example {\n drop\n }\n kubernetes\n}\n",
    ],
)
def test_any_corefile_has_them(corefile: str) -> None:
    with ClusterDNS(WEB, corefile=corefile) as cluster:
        assert cluster.resolve(WEB_NAME) == ["10.96.1.1"]
        with cluster.fault(WEB_NAME, rcode="SERVFAIL"), pytest.raises(LookupFailed):
            cluster.resolve(WEB_NAME)
        assert cluster.resolve(WEB_NAME) == ["10.96.1.1"]


def test_a_fault_that_means_nothing_is_said() -> None:
    with ClusterDNS() as cluster:
        with pytest.raises(ValueError, match="nothing to do"):
            cluster.fault(ALL)
        with pytest.raises(ValueError, match="'WRONG' is no response code"):
            cluster.fault(ALL, rcode="WRONG")
