"""How each peer is told to do what ours does: one thread, cluster.local from records, all else from an upstream.

Nothing is logged, nothing asked of the world outside. Knows configuration files, starts nothing.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench import cluster
from bench.process import path_of
from bench.questions import UPSTREAM_ADDRESS, UPSTREAM_ZONE
from bench.servers import Command, Ports, make_certificate


@dataclass(frozen=True)
class Knot:
    """Authoritative only; also the upstream of those that forward."""

    name: str = "knot"
    package: str = "knot"
    program: str = "knotd"

    def prepare(self, folder: Path, ports: Ports) -> Command:
        (folder / "cluster.zone").write_text(cluster.zone_file())
        (folder / "upstream.zone").write_text(_UPSTREAM_ZONE)
        conf = folder / "knot.conf"
        conf.write_text(_KNOT.format(port=ports.own, folder=folder, cluster=cluster.ZONE, upstream=UPSTREAM_ZONE))
        return Command([path_of(self.program), "-c", str(conf)])


@dataclass(frozen=True)
class Unbound:
    """The cluster's records as local data, the rest forwarded; no validation."""

    name: str = "unbound"
    package: str = "unbound"
    program: str = "unbound"

    def prepare(self, folder: Path, ports: Ports) -> Command:
        data = (
            f"    local-data: '{owner} {cluster.TTL} IN {rtype} {data}'" for owner, rtype, data in cluster.records()
        )
        conf = folder / "unbound.conf"
        conf.write_text(
            _UNBOUND.format(
                port=ports.own,
                folder=folder,
                upstream=ports.upstream,
                cluster=cluster.ZONE,
                data="\n".join(data),
                encrypted=self._encrypted(folder, ports),
            )
        )
        return Command([path_of(self.program), "-d", "-c", str(conf)])

    def _encrypted(self, folder: Path, ports: Ports) -> str:
        if not ports.transport:
            return ""
        certificate, key = make_certificate(folder)
        return _UNBOUND_ENCRYPTED.format(ports=ports, certificate=certificate, key=key)


@dataclass(frozen=True)
class Bind:
    """The cluster as a zone, the rest forwarded; no validation."""

    name: str = "bind"
    package: str = "bind9"
    program: str = "named"

    def prepare(self, folder: Path, ports: Ports) -> Command:
        (folder / "cluster.zone").write_text(cluster.zone_file())
        conf = folder / "named.conf"
        conf.write_text(_BIND.format(port=ports.own, folder=folder, upstream=ports.upstream, cluster=cluster.ZONE))
        return Command([path_of(self.program), "-f", "-4", "-n", "1", "-c", str(conf)])


@dataclass(frozen=True)
class Dnsmasq:
    """The cluster's records as its own, the rest forwarded."""

    name: str = "dnsmasq"
    package: str = "dnsmasq-base"
    program: str = "dnsmasq"

    def prepare(self, folder: Path, ports: Ports) -> Command:
        hosts, conf = folder / "hosts", folder / "dnsmasq.conf"
        records = list(cluster.records())
        hosts.write_text("".join(f"{data} {owner.rstrip('.')}\n" for owner, rtype, data in records if rtype == "A"))
        services = "\n".join(_srv_host(record) for record in records if record.rtype == "SRV")
        zone = cluster.ZONE.rstrip(".")
        conf.write_text(
            _DNSMASQ.format(port=ports.own, upstream=ports.upstream, cluster=zone, hosts=hosts, services=services)
        )
        return Command([path_of(self.program), "-k", "-C", str(conf)])


def _srv_host(record: cluster.Record) -> str:
    priority, weight, port, target = record.data.split()
    return f"srv-host={record.owner.rstrip('.')},{target.rstrip('.')},{port},{priority},{weight}"


_UPSTREAM_ZONE: Final = f"""\
{UPSTREAM_ZONE} 3600 IN SOA ns.{UPSTREAM_ZONE} hostmaster.{UPSTREAM_ZONE} 1 7200 1800 86400 300
{UPSTREAM_ZONE} 3600 IN NS ns.{UPSTREAM_ZONE}
ns.{UPSTREAM_ZONE} 3600 IN A {UPSTREAM_ADDRESS}
*.{UPSTREAM_ZONE} 3600 IN A {UPSTREAM_ADDRESS}
"""

_KNOT: Final = """\
server:
    listen: 127.0.0.1@{port}
    rundir: {folder}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
    answer-rotation: on
log:
  - target: stderr
    any: warning
database:
    storage: {folder}
template:
  - id: default
    storage: {folder}
    zonefile-load: whole
    zonefile-sync: -1
    journal-content: none
zone:
  - domain: {cluster}
    file: cluster.zone
  - domain: {upstream}
    file: upstream.zone
"""

_UNBOUND: Final = """\
server:
    interface: 127.0.0.1
    port: {port}
    do-ip6: no
    num-threads: 1
    chroot: ""
    directory: "{folder}"
    username: ""
    pidfile: ""
    use-syslog: no
    verbosity: 0
    do-daemonize: no
    module-config: "iterator"
    do-not-query-localhost: no
    incoming-num-tcp: 100
{encrypted}
    local-zone: '{cluster}' static
{data}
remote-control:
    control-enable: no
forward-zone:
    name: "."
    forward-addr: 127.0.0.1@{upstream}
"""

_UNBOUND_ENCRYPTED: Final = """\
    interface: 127.0.0.1@{ports.encrypted}
    {ports.transport}-port: {ports.encrypted}
    tls-service-pem: "{certificate}"
    tls-service-key: "{key}"
"""

_BIND: Final = """\
options {{
    directory "{folder}";
    listen-on port {port} {{ 127.0.0.1; }};
    pid-file none;
    session-keyfile none;
    recursion yes;
    allow-query {{ any; }};
    dnssec-validation no;
    empty-zones-enable no;
    forward only;
    forwarders {{ 127.0.0.1 port {upstream}; }};
}};
controls {{ }};
logging {{ category default {{ null; }}; }};
zone "{cluster}" {{ type primary; file "cluster.zone"; }};
"""

_DNSMASQ: Final = """\
port={port}
listen-address=127.0.0.1
bind-interfaces
no-resolv
no-hosts
addn-hosts={hosts}
user=root
pid-file=
local-ttl=30
cache-size=10000
dns-forward-max=1000
local=/{cluster}/
server=127.0.0.1#{upstream}
{services}
"""
