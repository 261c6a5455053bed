"""`clusterdns get` prints the cluster as the control plane made it, which can be served again, and all of its names."""

import json
import re
from pathlib import Path
from typing import Any

import dns.zone
import pytest
import yaml
from clusters import service
from commands import run
from round_trip import NOWHERE, check_round_trip, get
from serving import ROOT

LAB = ("--pod-cidr", "20.96.0.0/12", str(ROOT / "manifests/lab"))


def test_objects_are_those_of_the_manifests_and_of_the_control_plane() -> None:
    printed = get("objects")

    assert printed.splitlines()[0].split() == ["KIND", "NAMESPACE", "NAME", "ADDRESSES"]
    rows = [line.split() for line in printed.splitlines()[1:]]
    assert ["StatefulSet", "data", "db"] in rows
    assert ["Service", "default", "kubernetes", "10.96.0.1"] in rows
    assert len([row for row in rows if row[:2] == ["Pod", "data"]]) == 3
    assert len([row for row in rows if row[0] == "EndpointSlice" and row[1] == "data"]) == 1


@pytest.mark.parametrize(("output", "read"), [("yaml", yaml.safe_load), ("json", json.loads), ("YAML", yaml.safe_load)])
def test_objects_are_printed_as_kubectl_prints_them(output: str, read: Any) -> None:
    printed = read(get("OBJECTS", "-o", output))

    assert (printed["apiVersion"], printed["kind"]) == ("v1", "List")
    found = {
        (each["kind"], each["metadata"].get("namespace"), each["metadata"]["name"]): each for each in printed["items"]
    }
    assert found["Service", "default", "kubernetes"]["spec"]["clusterIP"] == "10.96.0.1"
    assert found["Pod", "data", "db-0"]["spec"]["subdomain"] == "db"
    assert found["EndpointSlice", "default", "kubernetes"]["addressType"] == "IPv4"


def test_records_are_zones_that_others_can_read() -> None:
    printed = get("records", "-o", "zone", *NOWHERE)
    zones = {text.split()[0]: text for text in re.split(r"^(?=.* SOA )", printed, flags=re.MULTILINE) if text}
    assert list(zones) == ["cluster.local.", "in-addr.arpa.", "ip6.arpa."]

    read = [dns.zone.from_text(text, origin, relativize=False) for origin, text in zones.items()]

    found = [record for zone in read for record in zone.iterate_rdatas()]
    assert len(found) == len(printed.splitlines())
    assert len(read[0].find_rrset("db.data.svc.cluster.local.", "SRV")) == 3


def test_records_are_printed_alike_as_table_yaml_and_json() -> None:
    table = [tuple(line.split(None, 3)) for line in get("records", *NOWHERE, *LAB).splitlines()]
    by_json = json.loads(get("RECORDS", "-o", "json", *NOWHERE, *LAB))
    by_yaml = yaml.safe_load(get("records", "-o", "yaml", *NOWHERE, *LAB))

    assert table[0] == ("NAME", "TTL", "TYPE", "DATA")
    assert ("service1.default.svc.cluster.local.", "30", "A", "10.11.4.10") in table
    for read in (by_json, by_yaml):
        rows = [(each["name"], str(each["ttl"]), each["type"], each["data"]) for each in read]
        assert [row for row in rows if row[2] != "SOA"] == [row for row in table[1:] if row[2] != "SOA"]


def test_the_same_cluster_is_printed_the_same_way_every_time() -> None:
    first, second = (run("get", "objects", "-o", "yaml", *LAB).stdout for _ in range(2))
    assert first == second
    names = [[line.split()[0] for line in run("get", "records", *NOWHERE, *LAB).stdout.splitlines()] for _ in range(2)]
    assert names[0] == names[1]


def test_records_are_those_of_the_corefile(tmp_path: Path) -> None:
    corefile = tmp_path / "Corefile"
    corefile.write_text("kube.example {\n kubernetes {\n  ttl 7\n  noendpoints\n }\n}\n")

    printed = get("records", "-o", "zone", "--conf", corefile)

    assert "web.default.svc.kube.example. 7 IN A " in printed
    assert "db-0.db.data" not in printed
    assert "in-addr.arpa" not in printed


def test_records_of_two_kubernetes_plugins_are_printed_once(tmp_path: Path) -> None:
    corefile = tmp_path / "Corefile"
    corefile.write_text("one.example {\n kubernetes\n}\none.example:5399 two.example {\n kubernetes\n}\n")

    lines = get("records", "-o", "zone", "--conf", corefile).splitlines()

    assert len(lines) == len(set(lines))
    assert any(line.startswith("web.default.svc.two.example. ") for line in lines)


@pytest.mark.parametrize("output", ["yaml", "json"])
@pytest.mark.parametrize(("manifests", "options"), [("", ()), ("/dev/null", ()), (LAB[-1], LAB[:-1])])
def test_objects_that_were_printed_are_the_same_cluster_again(
    manifests: str, options: tuple[str, ...], output: str
) -> None:
    check_round_trip(manifests, *options, output=output)


def test_what_is_wrong_is_said_and_nothing_printed(tmp_path: Path) -> None:
    (tmp_path / "web.yaml").write_text(service("web", "10.96.1.500"))
    (tmp_path / "Corefile").write_text(". {\n kubernetes\n loadbalance odd\n}\n")

    broken = run("get", "objects", tmp_path / "web.yaml")
    assert (broken.returncode, broken.stdout) == (1, "")
    assert f"{tmp_path}/web.yaml:5: Service default/web: spec.clusterIP:" in broken.stderr

    broken = run("get", "records", "--conf", tmp_path / "Corefile")
    assert (broken.returncode, broken.stdout) == (1, "")
    assert f"{tmp_path}/Corefile:3: loadbalance: unknown policy 'odd'" in broken.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Missing argument 'OBJECTS|RECORDS'"),
        (["pods"], "Invalid value for 'OBJECTS|RECORDS': 'pods' is not one of 'objects', 'records'."),
        (["objects", "-o", "zone"], "objects are no zone (-o table, yaml or json)"),
        (["objects", "-o", "xml"], "'xml' is not one of 'table', 'yaml', 'json', 'zone'."),
    ],
)
def test_errors_of_usage_are_explained(arguments: list[str], said: str) -> None:
    ran = run("get", *arguments)

    assert ran.returncode == 2
    assert ran.stderr.startswith("Usage: clusterdns get [OPTIONS] OBJECTS|RECORDS [MANIFEST]...\n")
    assert said in ran.stderr
