"""docs/faults.md tells no lies: its Corefiles are served, and answer as it shows."""

import asyncio
import io
import re
from collections.abc import Iterator
from pathlib import Path

import dns.message
import pytest
from click.testing import CliRunner
from serving import ROOT

from clusterdns import corefile
from clusterdns.cli import main
from clusterdns.cluster.settings import Settings
from clusterdns.logs import Log
from clusterdns.plugins import ORDER
from clusterdns.server.keeper import Keeper
from clusterdns.server.service import Service
from clusterdns.server.site import Defaults, make_sites

DOCUMENT = (ROOT / "docs/faults.md").read_text()
EXAMPLES = re.findall(r"^```corefile\n(.*?)^```\n\n```text\n(.*?)^```", DOCUMENT, flags=re.MULTILINE | re.DOTALL)
CLIENT, LOCAL = ("127.0.0.1", 40212), ("127.0.0.1", 53)


def service_of(text: str) -> Service:
    keeper = Keeper(Settings(), (), Log(io.StringIO()))
    assert not keeper.load()
    sites, problems = make_sites(corefile.parse(text, "Corefile", env={}, known=ORDER), keeper.world, Defaults())
    assert not problems, problems
    return Service("dns://:53", [(zone, site) for site in sites for zone in site.setting.zones], keeper.world)


def exchanges(text: str) -> Iterator[tuple[list[str], str]]:
    """What is asked and what is answered, line by line."""
    for line in text.splitlines():
        asked, answered = re.split(r"\s{2,}", line)
        yield asked.split(), answered


async def answer(service: Service, name: str, rdtype: str, transport: str = "udp") -> str:
    wire = dns.message.make_query(name, rdtype).to_wire()
    reply = await service.answer(wire, transport, CLIENT, LOCAL)
    if reply is None:
        return "no reply"
    assert isinstance(reply, bytes)
    message = dns.message.from_wire(reply)
    if message.flags & dns.flags.TC:
        return "truncated"
    records = sorted(str(record) for rrset in message.answer for record in rrset)
    return " ".join(records) or dns.rcode.to_text(message.rcode())


def test_every_corefile_of_the_document_is_asked() -> None:
    assert len(EXAMPLES) == DOCUMENT.count("```corefile") > 1


@pytest.mark.parametrize(("text", "shown"), EXAMPLES)
def test_faults_strike_as_the_document_shows(text: str, shown: str) -> None:
    service = service_of(text)
    answered = [asyncio.run(answer(service, *asked)) for asked, _ in exchanges(shown)]
    assert answered == [expected for _, expected in exchanges(shown)]


def test_the_test_of_the_document_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (program,) = re.findall(r"^```python\n(.*?)^```", DOCUMENT, flags=re.MULTILINE | re.DOTALL)
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(main, ["init", "my-cluster"]).exit_code == 0

    exec(compile(program, "docs/faults.md", "exec"), {})
