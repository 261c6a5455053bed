"""The embedded example: what its comments suggest to ask is answered."""

import re
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path

import dns.reversename
from asking import addresses, rcode, records
from click.testing import CliRunner
from serving import Server, dead_end, free_port

from clusterdns.cli import main

OUTSIDE = """\
.:{port} {{
    hosts {{
        192.0.2.80 kubernetes.io
        fallthrough
    }}
    template ANY ANY {{
        rcode NXDOMAIN
    }}
}}
"""


def questions() -> Iterator[tuple[str, str, str]]:
    """Name, type and remark of each dig line in the comments of the example."""
    for file in files("clusterdns").joinpath("example").iterdir():
        for name, rdtype, remark in re.findall(
            r"^#   dig (?!-x)(\S+)(?: (SRV))?(?:  +(.*))?$", file.read_text(), flags=re.MULTILINE
        ):
            yield name, rdtype or "A", remark


def test_the_example_answers_what_it_says(serve: Callable[..., Server], tmp_path: Path) -> None:
    asked = list(questions())
    assert len(asked) > 10
    port = free_port()
    (tmp_path / "outside").write_text(OUTSIDE.format(port=port))
    serve("--conf", tmp_path / "outside", "/dev/null", port=port)
    server = serve("--upstream", f"127.0.0.1:{port}")

    for name, rdtype, remark in asked:
        reply = server.ask(name, rdtype)
        expected = "NXDOMAIN" if remark.startswith("NXDOMAIN") else "NOERROR"
        assert rcode(reply) == expected, name
        assert bool(records(reply)) == (expected == "NOERROR"), name
    (address,) = addresses(server.ask("web.default.svc.cluster.local"))
    back = server.ask(dns.reversename.from_address(address).to_text(), "PTR")
    assert records(back)[0].endswith(" PTR web.default.svc.cluster.local.")


def test_the_example_is_served_unless_there_is_something_else_and_says_what_to_ask(
    serve: Callable[..., Server],
) -> None:
    server = serve("--upstream", dead_end())

    assert "embedded example" in server.log()
    assert f"dig @127.0.0.1 -p {server.port} " in server.log()


def test_the_example_written_out_is_the_example(serve: Callable[..., Server], tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    assert CliRunner().invoke(main, ["init", str(folder)]).exit_code == 0

    server = serve("--upstream", dead_end(), folder)

    assert len(addresses(server.ask("db.data.svc.cluster.local"))) == 3
