"""What `clusterdns serve` does where nothing is said: ports, addresses and upstreams, on a machine of its own."""

import json
from pathlib import Path
from typing import Any

import namespace

SCRIPT = Path(__file__).with_name("serve_in_namespace.py")


def story(name: str, folder: Path) -> Any:
    return json.loads(namespace.run(SCRIPT, folder, name))


def test_it_answers_on_port_5353_of_both_loopback_addresses_and_shows_its_pages_there(tmp_path: Path) -> None:
    told = story("by_default", tmp_path)

    assert told["udp"] == ["10.96.0.1", "10.96.0.1"]
    assert told["tcp"] == ["10.96.0.1", "10.96.0.1", "ConnectionRefusedError"]
    assert told["pages"] == [200] * 6 + [None] * 3
    assert "on 127.0.0.1:5353 and [::1]:5353, UDP and TCP." in told["log"]


def test_a_block_for_port_53_is_served_there(tmp_path: Path) -> None:
    assert story("port_53", tmp_path)["tcp"] == ["NOERROR", "ConnectionRefusedError"]


def test_where_resolv_conf_names_only_this_server_the_cluster_is_served_all_the_same(tmp_path: Path) -> None:
    told = story("only_ourselves", tmp_path)

    assert "/etc/resolv.conf names only this server: names outside the cluster are not answered" in told["log"]
    assert told["udp"] == ["10.96.0.1", "SERVFAIL"]


def test_where_resolv_conf_names_nobody_the_cluster_is_served_all_the_same(tmp_path: Path) -> None:
    told = story("nobody", tmp_path)

    assert "/etc/resolv.conf names no nameserver: names outside the cluster are not answered" in told["log"]
    assert told["udp"] == ["10.96.0.1", "SERVFAIL"]


def test_it_asks_the_name_servers_of_resolv_conf_but_not_itself(tmp_path: Path) -> None:
    assert story("ourselves_and_another", tmp_path)["udp"] == ["10.96.0.1", "192.0.2.80"]


def test_a_name_server_on_port_53_of_the_same_address_is_not_itself(tmp_path: Path) -> None:
    assert story("another_on_port_53", tmp_path)["udp"] == ["10.96.0.1", "192.0.2.80"]


def test_pages_whose_ports_are_taken_are_a_warning(tmp_path: Path) -> None:
    told = story("pages_taken", tmp_path)

    assert told["udp"] == ["10.96.0.1"]
    assert told["pages"] == [200] * 3  # where nobody had the ports
    for port in (8080, 8181, 9153):
        assert f"[WARNING] the page's address 127.0.0.1:{port} is taken by another program\n" in told["log"]


def test_a_port_that_is_forbidden_is_said(tmp_path: Path) -> None:
    told = story("forbidden", tmp_path)

    assert told["status"] == 1
    assert told["log"] == (
        "Error: TCP port 53 of 127.0.0.1 is forbidden to this user; choose a port above 1023 with --port or start as "
        "root\n"
    )
