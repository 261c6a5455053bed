"""docker-compose.yaml and the Dockerfile, read as text, since no test here has an engine: they agree with the lab."""

import ipaddress
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import namespace
import pytest
import yaml
from click.testing import CliRunner
from compose import CLIENT, COMPOSE, SERVICES, address_of, arguments_of
from laboratory import COREFILE, MANIFESTS, TIERS
from serving import ROOT

from clusterdns import corefile
from clusterdns.cli import main


def blocks_of(path: Path) -> tuple[corefile.ServerBlock, ...]:
    parsed = corefile.parse(path.read_text(), str(path), env={})
    assert not parsed.problems
    return parsed.blocks


def corefile_of(tier: str) -> Path:
    arguments = arguments_of(tier)
    return ROOT / arguments[arguments.index("--conf") + 1]


def lab_manifests() -> dict[tuple[str, str], Any]:
    documents = [each for path in MANIFESTS.iterdir() for each in yaml.safe_load_all(path.read_text())]
    return {(each["kind"], each["metadata"]["name"]): each for each in documents}


def test_every_tier_is_a_container_with_a_fixed_address_in_a_private_subnet() -> None:
    config = COMPOSE["networks"]["lab"]["ipam"]["config"][0]
    subnet = ipaddress.ip_network(config["subnet"])
    addresses = [ipaddress.ip_address(address_of(service)) for service in SERVICES]

    assert set(TIERS) < set(SERVICES)
    assert subnet.is_private
    assert all(address in subnet for address in addresses)
    assert len({*addresses, ipaddress.ip_address(config["gateway"])}) == len(addresses) + 1


@pytest.mark.parametrize(("tier", "next_tier"), list(zip(TIERS, [*list(TIERS)[1:], None], strict=True)))
def test_every_tier_forwards_to_the_next_as_the_lab_does(tier: str, next_tier: str | None) -> None:
    lab = [block for block in blocks_of(COREFILE) if block.zones[0].port == TIERS[tier]]
    container = blocks_of(corefile_of(tier))

    def said(blocks: Sequence[corefile.ServerBlock], to: str) -> list[object]:
        return [(block.zone_names, [words(each).replace(to, "NEXT") for each in block.directives]) for block in blocks]

    lab_next = f"127.0.0.1:{TIERS[next_tier]}" if next_tier else "nobody"
    assert said(container, address_of(next_tier) if next_tier else "nobody") == said(lab, lab_next)
    assert all(key.listen_port(53) == 53 for block in container for key in block.zones)


def words(directive: corefile.Directive) -> str:
    return " ".join(directive.tokens)


@pytest.mark.parametrize("tier", TIERS)
def test_the_command_of_a_tier_is_one_that_clusterdns_takes(tier: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)

    checked = CliRunner().invoke(main, ["check", *arguments_of(tier)])

    assert checked.exit_code == 0, checked.output


def test_the_web_container_has_the_address_of_the_service_that_it_stands_behind() -> None:
    assert address_of("web") == lab_manifests()["Service", "service3"]["spec"]["clusterIP"]


def test_the_client_is_set_up_as_a_pod_is() -> None:
    assert CLIENT["dns"] == [address_of("node-cache")]
    assert CLIENT["dns_search"][:3] == ["default.svc.cluster.local", "svc.cluster.local", "cluster.local"]
    assert CLIENT["dns_opt"] == ["ndots:5"]


def test_the_client_finds_names_through_all_tiers(tmp_path: Path) -> None:
    expected = {
        "service1": ["10.11.4.10"],
        "service3": [address_of("web")],
        "kube-dns.kube-system": [address_of("cluster-dns")],
        "node1": ["192.168.0.31"],
        "www.google.com": ["198.51.100.30"],
    }

    found = namespace.run(Path(__file__).with_name("resolve_in_compose.py"), tmp_path, *expected)

    assert json.loads(found) == expected


def test_the_nodes_have_the_addresses_that_the_intranet_names() -> None:
    zone = {
        fields[0]: fields[-1]
        for line in (ROOT / "zones/company.example.zone").read_text().splitlines()
        if " A " in line and (fields := line.split())
    }
    nodes = {
        name: manifest["status"]["addresses"][0]["address"]
        for (kind, name), manifest in lab_manifests().items()
        if kind == "Node"
    }

    assert nodes
    assert nodes.items() <= zone.items()


def dockerfile() -> list[list[str]]:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    return [line.split(maxsplit=1) for line in lines if line and not line.startswith("#")]


def test_the_image_serves_port_53_as_an_unprivileged_user() -> None:
    final = dockerfile()
    final = final[max(place for place, line in enumerate(final) if line[0] == "FROM") :]
    said = dict(final)

    assert said["USER"].split(":")[0].isdigit()
    assert int(said["USER"].split(":")[0]) > 0
    assert {"53/udp", "53/tcp"} <= set(said["EXPOSE"].split())
    assert yaml.safe_load(said["ENTRYPOINT"]) == ["clusterdns"]
    assert yaml.safe_load(said["CMD"])[:3] == ["serve", "--port", "53"]


def test_the_image_is_built_from_what_the_engine_is_given() -> None:
    given = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = [line[1].split() for line in dockerfile() if line[0] == "COPY" and not line[1].startswith("--from")]
    sources = [source for *sources, _ in copied for source in sources]

    assert set(sources) == given
    assert all((ROOT / source).exists() for source in sources)
