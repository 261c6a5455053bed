"""What the doctor says of machines, each as its files have it."""

import pytest
from machines import ASKED, DOWN, DROP_IN, HERE, NOT_ASKED, UBUNTU, Doctor

from clusterdns.doctor import Finding, Level, Seen

OK, WARNING, PROBLEM = Level.OK, Level.WARNING, Level.PROBLEM
PLAIN = {"etc/resolv.conf": "nameserver 192.0.2.1\n", "etc/nsswitch.conf": "hosts: files dns\n"}


def levels(findings: dict[str, Finding]) -> set[Level]:
    return {finding.level for finding in findings.values()}


def test_a_machine_that_asks_us_is_well(tmp_path):
    doctor = Doctor(tmp_path, {**PLAIN, "etc/resolv.conf": "nameserver 127.0.0.1\n"})
    findings = doctor.findings(ASKED, port=53)
    assert levels(findings) == {OK}
    assert findings["server"].what == "127.0.0.1:53 answers for cluster.local"
    assert findings["lookup"].what == "programs on this machine find kubernetes.default.svc.cluster.local. there"


def test_a_server_that_does_not_run_is_to_be_started(tmp_path):
    server = Doctor(tmp_path, PLAIN).findings(DOWN)["server"]
    assert server.what == "nobody answers: 127.0.0.1 port 5353: Connection refused"
    assert "clusterdns serve" in server.do


def test_a_server_of_another_zone_is_told(tmp_path):
    server = Doctor(tmp_path, PLAIN).findings(Seen())["server"]
    assert server.what == "127.0.0.1:5353 answers, but knows no kubernetes.default.svc.cluster.local."
    assert "--cluster-domain" in server.do


def test_a_name_that_is_found_elsewhere_is_told(tmp_path):
    lookup = Doctor(tmp_path, PLAIN).findings(Seen(HERE, ("10.0.0.1",)))["lookup"]
    assert lookup.level is PROBLEM
    assert lookup.what.endswith("elsewhere, as 10.0.0.1")


def test_resolv_conf_names_somebody_else(tmp_path):
    finding = Doctor(tmp_path, PLAIN).findings(NOT_ASKED)["resolv-conf"]
    assert finding.level is PROBLEM
    assert finding.what.endswith("names 192.0.2.1, and not 127.0.0.1 (only port 53 can be named there, not 5353)")
    assert "clusterdns serve --port 53" in finding.do
    assert "put 'nameserver 127.0.0.1' in front of the others" in finding.do
    assert "clusterdns run -- PROGRAM" in finding.do


def test_a_second_nameserver_is_asked_only_when_the_first_is_silent(tmp_path):
    doctor = Doctor(tmp_path, {"etc/resolv.conf": "nameserver 192.0.2.1\nnameserver 127.0.0.1\n"})
    finding = doctor.findings(NOT_ASKED, port=53)["resolv-conf"]
    assert finding.what.endswith("127.0.0.1 is asked only when those before it give no answer at all")
    assert finding.do == "put it first"


def test_systemd_resolved_has_to_be_told(tmp_path):
    findings = Doctor(tmp_path, UBUNTU).findings(NOT_ASKED)
    assert findings["resolv-conf"].level is OK
    assert findings["resolved"].level is PROBLEM
    assert findings["resolved"].do == (
        "write '[Resolve]', 'DNS=127.0.0.1:5353' and 'Domains=~cluster.local' as three lines into "
        "/etc/systemd/resolved.conf.d/clusterdns.conf, then 'systemctl restart systemd-resolved'"
    )


def test_systemd_resolved_that_was_told_is_well(tmp_path):
    told = {DROP_IN: "[Resolve]\nDNS=127.0.0.1:5353\nDomains=~cluster.local\n"}
    finding = Doctor(tmp_path, {**UBUNTU, **told}).findings(ASKED)["resolved"]
    assert finding == Finding("resolved", OK, "systemd-resolved is told to ask 127.0.0.1:5353 for cluster.local")


def test_systemd_resolved_that_was_told_has_to_be_started_again_and_to_have_a_network(tmp_path):
    told = {DROP_IN: "[Resolve]\nDNS=127.0.0.1:5353\nDomains=~cluster.local\n"}
    finding = Doctor(tmp_path, {**UBUNTU, **told}).findings(NOT_ASKED)["resolved"]
    assert finding.level is PROBLEM
    assert "it was not started since, or this machine has no network but loopback" in finding.what
    assert finding.do.startswith("'systemctl restart systemd-resolved'")


def test_an_empty_line_takes_back_what_systemd_resolved_was_told(tmp_path):
    told = {DROP_IN: "[Resolve]\nDNS=127.0.0.1:5353\nDNS=\nDomains=~cluster.local\n"}
    assert Doctor(tmp_path, {**UBUNTU, **told}).findings(NOT_ASKED)["resolved"].level is PROBLEM


def test_multicast_of_systemd_resolved_may_take_local_away(tmp_path):
    doctor = Doctor(tmp_path, {**UBUNTU, "etc/systemd/resolved.conf": "[Resolve]\nMulticastDNS=yes\n"})
    assert doctor.findings(NOT_ASKED)["mdns"].do.startswith("'Domains=~cluster.local' takes")
    assert doctor.findings(NOT_ASKED, domain="cluster.test").get("mdns") is None


def test_systemd_resolved_by_nsswitch_is_seen(tmp_path):
    nsswitch = "hosts: mymachines resolve [!UNAVAIL=return] files myhostname dns\n"
    files = {**PLAIN, "etc/nsswitch.conf": nsswitch, "run/systemd/resolve/resolv.conf": ""}
    assert Doctor(tmp_path, files).findings(NOT_ASKED)["resolved"].level is PROBLEM


def test_nss_mdns_leaves_names_of_many_labels_alone(tmp_path):
    finding = Doctor(tmp_path, UBUNTU).findings(NOT_ASKED)["mdns"]
    assert finding.level is OK
    assert "takes names below .local of two labels; those of a cluster have more" in finding.what


def test_nss_mdns_that_was_told_more_takes_local_away(tmp_path):
    files = {**PLAIN, "etc/nsswitch.conf": "hosts: files mdns4 dns\n", "etc/mdns.allow": ".local.\n.local\n"}
    finding = Doctor(tmp_path, files).findings(NOT_ASKED)["mdns"]
    assert finding.level is PROBLEM
    assert finding.do == "delete '.local' and '*' there, or put 'dns' before it"


def test_without_dns_in_nsswitch_nobody_is_asked(tmp_path):
    finding = Doctor(tmp_path, {**PLAIN, "etc/nsswitch.conf": "hosts: files\n"}).findings(NOT_ASKED)["nsswitch"]
    assert finding.level is PROBLEM
    assert finding.do == "add 'dns' to its line 'hosts:'"


def test_a_machine_without_any_file_asks_itself(tmp_path):
    findings = Doctor(tmp_path, {}).findings(NOT_ASKED, port=53)
    assert findings["resolv-conf"].what == "/etc/resolv.conf names 127.0.0.1"
    assert findings["nsswitch"].level is OK


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (
            {"etc/NetworkManager/conf.d/dns.conf": "[main]\ndns=dnsmasq\n"},
            "/etc/NetworkManager/dnsmasq.d/clusterdns.conf",
        ),
        ({}, "/etc/dnsmasq.d/clusterdns.conf"),
    ],
)
def test_dnsmasq_has_to_be_told(tmp_path, files, said):
    doctor = Doctor(tmp_path, {**PLAIN, **files})
    doctor.holds("dnsmasq", "127.0.0.1", 53)
    do = doctor.findings(NOT_ASKED)["resolv-conf"].do
    assert do.startswith("write 'server=/cluster.local/127.0.0.1#5353' into ")
    assert said in do


def test_macos_has_a_file_for_the_zone(tmp_path):
    finding = Doctor(tmp_path, {}, "darwin").findings(NOT_ASKED)["resolver-file"]
    assert finding.what == "/etc/resolver/cluster.local is not there, and names below .local are mDNS's"
    assert finding.do == "write 'nameserver 127.0.0.1' and 'port 5353' as two lines into /etc/resolver/cluster.local"


@pytest.mark.parametrize(
    ("text", "level"), [("nameserver 127.0.0.1\nport 5353\n", OK), ("nameserver 9.9.9.9\n", PROBLEM)]
)
def test_macos_may_have_it_right(tmp_path, text, level):
    doctor = Doctor(tmp_path, {"etc/resolver/cluster.local": text}, "darwin")
    assert doctor.findings(ASKED)["resolver-file"].level is level


def test_names_in_the_hosts_file_are_never_asked_for(tmp_path):
    files = {**PLAIN, "etc/hosts": "127.0.0.1 localhost\n10.0.0.1 web web.default.svc.cluster.local # mine\n"}
    finding = Doctor(tmp_path, files).findings(ASKED)["hosts"]
    assert finding.level is WARNING
    assert finding.what == "/etc/hosts:2 has web.default.svc.cluster.local, so nobody is asked for it"


def test_nscd_keeps_answers(tmp_path):
    assert Doctor(tmp_path, {**PLAIN, "run/nscd/socket": ""}).findings(ASKED)["nscd"].level is WARNING


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0", "::"])
def test_port_53_may_be_taken(tmp_path, address):
    doctor = Doctor(tmp_path, PLAIN)
    doctor.holds("named", address, 53, "udp6" if ":" in address else "udp")
    finding = doctor.findings(NOT_ASKED)["port-53"]
    assert finding.what == "port 53 of 127.0.0.1 is taken by named"
    assert "--bind 127.0.0.2" in finding.do


def test_port_53_may_be_taken_of_another_address(tmp_path):
    doctor = Doctor(tmp_path, UBUNTU)
    doctor.holds("systemd-resolve", "127.0.0.53", 53)
    doctor.holds("systemd-resolve", "127.0.0.53", 53, "tcp")
    finding = doctor.findings(NOT_ASKED)["port-53"]
    assert finding.level is OK
    assert finding.what == "port 53 of 127.0.0.1 is free (it is taken of 127.0.0.53 by systemd-resolve)"


def test_a_responder_of_mdns_is_no_conflict_with_one_address(tmp_path):
    doctor = Doctor(tmp_path, PLAIN)
    doctor.holds("avahi-daemon", "0.0.0.0", 5353)
    doctor.holds("clusterdns", "127.0.0.1", 5353)
    finding = doctor.findings(NOT_ASKED)["port-5353"]
    assert finding == Finding("port-5353", OK, "avahi-daemon has UDP port 5353, too, but not of 127.0.0.1")


def test_a_responder_of_mdns_is_one_with_all_addresses(tmp_path):
    doctor = Doctor(tmp_path, PLAIN)
    doctor.holds("avahi-daemon", "0.0.0.0", 5353)
    doctor.holds("clusterdns", "0.0.0.0", 5353)
    assert doctor.findings(NOT_ASKED)["port-5353"].level is WARNING


def test_another_server_may_have_our_port(tmp_path):
    doctor = Doctor(tmp_path, PLAIN)
    doctor.holds("coredns", "127.0.0.1", 5353, "tcp")
    finding = doctor.findings(DOWN)["port-5353"]
    assert finding == Finding(
        "port-5353", PROBLEM, "TCP port 5353 is taken by coredns", "'clusterdns serve --port 5300'"
    )
