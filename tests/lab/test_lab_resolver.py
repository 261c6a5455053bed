"""glibc's resolver as a Pod has it: search path, `ndots:5`, and the node's cache as its nameserver."""

import json
from pathlib import Path

import namespace

EXPECTED = {
    "service1": ["10.11.4.10"],
    "service1.default": ["10.11.4.10"],
    "pod5.headless1": ["20.109.5.13"],
    "20-109-5-11": [],  # the name of a Pod works only in full
    "20-109-5-11.default.pod.cluster.local": ["20.109.5.11"],
    "master": ["192.168.0.30"],
    "www.google.com": ["198.51.100.30"],
}


def test_glibc_finds_short_names_by_a_pods_search_path(tmp_path: Path) -> None:
    found = namespace.run(Path(__file__).with_name("resolve_in_lab.py"), tmp_path, *EXPECTED)

    assert json.loads(found) == EXPECTED
