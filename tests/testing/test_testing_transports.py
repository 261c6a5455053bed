"""A Corefile's other transports have free ports of their own, and what is asked over them is told as well."""

import ssl
from pathlib import Path

import dns.message
import dns.query
import pytest
import trustme
from web import WEB, WEB_NAME

from clusterdns.testing import ClusterDNS, ClusterDNSError

BLOCK = """
%s://.%s {
    tls %s %s
    kubernetes cluster.local
}
"""


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def files(tmp_path: Path, authority: trustme.CA) -> tuple[str, str]:
    issued = authority.issue_cert("localhost", "127.0.0.1")
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    issued.cert_chain_pems[0].write_to_path(str(certificate))
    issued.private_key_pem.write_to_path(str(key))
    return str(certificate), str(key)


def test_each_transport_has_a_free_port(authority: trustme.CA, files: tuple[str, str]) -> None:
    corefile = (
        ".:53 {\n kubernetes cluster.local\n}\n" + BLOCK % ("tls", "", *files) + BLOCK % ("https", ":443", *files)
    )
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    question = dns.message.make_query(WEB_NAME, "A")
    with ClusterDNS(WEB, corefile=corefile) as one, ClusterDNS(WEB, corefile=corefile) as other:
        assert one.ports.keys() == {"dns", "tls", "https"}
        assert one.port == one.ports["dns"]
        assert not {*one.ports.values()} & {*other.ports.values()}
        for cluster in (one, other):
            for _ in range(2):
                reply = dns.query.tls(
                    question, cluster.host, 5, cluster.ports["tls"], ssl_context=trust, server_hostname="localhost"
                )
                assert reply.answer[0][0].address == "10.96.1.1"

        assert [str(query) for query in one.queries] == [f"{WEB_NAME} A"] * 2


def test_a_corefile_without_plain_dns_has_no_port_of_it(files: tuple[str, str]) -> None:
    with ClusterDNS(WEB, corefile=BLOCK % ("tls", "", *files)) as cluster:
        assert cluster.ports.keys() == {"tls"}
        with pytest.raises(ClusterDNSError, match="answers over tls only"):
            _ = cluster.port


def test_further_ports_are_taken_as_they_are() -> None:
    with ClusterDNS(corefile=".:53 {\n whoami\n}\n") as cluster:
        taken = cluster.port
        with pytest.raises(ClusterDNSError, match=f"TCP port {taken} of 127.0.0.1 is taken"):
            ClusterDNS(corefile=f".:53 {{\n whoami\n}}\nexample.org:{taken} {{\n whoami\n}}\n").start()
