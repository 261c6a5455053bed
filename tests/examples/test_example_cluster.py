"""The embedded example: what its comments suggest to ask is answered."""

import re
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path

import dns.reversename
from asking import ask, rcode, records
from click.testing import CliRunner
from serving import Server, dead_end

from clusterdns.cli import main
from clusterdns.testing import ClusterDNS

EXAMPLE = str(files("clusterdns") / "example")
COREFILE = """\
cluster.local in-addr.arpa ip6.arpa {
    kubernetes {
        pods insecure
    }
}
. {
    hosts {
        192.0.2.80 kubernetes.io
        fallthrough
    }
    template ANY ANY {
        rcode NXDOMAIN
    }
}
"""


def questions() -> Iterator[tuple[str, str, str]]:
    """Name, type and remark of each dig line in the comments of the example."""
    for file in files("clusterdns").joinpath("example").iterdir():
        for name, rdtype, remark in re.findall(
            r"^#   dig (?!-x)(\S+)(?: (SRV))?(?:  +(.*))?$", file.read_text(), flags=re.MULTILINE
        ):
            yield name, rdtype or "A", remark


def test_the_example_answers_what_it_says() -> None:
    asked = list(questions())
    assert len(asked) > 10

    with ClusterDNS(EXAMPLE, corefile=COREFILE) as cluster:
        for name, rdtype, remark in asked:
            reply = ask(name, rdtype, port=cluster.port)
            expected = "NXDOMAIN" if remark.startswith("NXDOMAIN") else "NOERROR"
            assert rcode(reply) == expected, name
            assert bool(records(reply)) == (expected == "NOERROR"), name
        (address,) = cluster.resolve("web.default.svc.cluster.local")
        back = dns.reversename.from_address(address).to_text()
        assert cluster.resolve(back, "PTR") == ["web.default.svc.cluster.local."]


def test_the_example_is_served_unless_there_is_something_else_and_says_what_to_ask(
    serve: Callable[..., Server],
) -> None:
    server = serve("--upstream", dead_end())

    assert "embedded example" in server.log()
    assert f"dig @127.0.0.1 -p {server.port} " in server.log()


def test_the_example_written_out_is_the_example(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    assert CliRunner().invoke(main, ["init", str(folder)]).exit_code == 0

    with ClusterDNS(folder) as written, ClusterDNS(EXAMPLE) as example:
        for name, rdtype, _ in questions():
            assert written.resolve(name, rdtype) == example.resolve(name, rdtype)
