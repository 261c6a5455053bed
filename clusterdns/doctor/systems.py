"""How one has a system ask a server for one zone: who resolves names there, and what to tell it."""

import re
from typing import Final

from clusterdns.doctor.findings import Target
from clusterdns.doctor.machine import Machine
from clusterdns.stub import parse_resolv_conf

_STUBS: Final = {"127.0.0.53", "127.0.0.54"}  # where systemd-resolved listens
_DNS_PORT: Final = 53
_NM_DNSMASQ: Final = re.compile(r"^\s*dns\s*=\s*dnsmasq\b", re.MULTILINE)


def nameservers(machine: Machine) -> tuple[str, ...]:
    """Those of /etc/resolv.conf; without any it is this machine itself (resolv.conf(5))."""
    return parse_resolv_conf(machine.read("etc/resolv.conf")).nameservers or ("127.0.0.1",)


def nss_modules(machine: Machine) -> list[str]:
    """Who looks for hosts, in order, as /etc/nsswitch.conf has it; by default files and DNS."""
    line = re.search(r"^\s*hosts:(.*)$", machine.read("etc/nsswitch.conf"), re.MULTILINE)
    text = line[1].partition("#")[0] if line else "files dns"
    return re.sub(r"\[[^]]*\]", " ", text).split()


def asks_resolved(machine: Machine) -> bool:
    """Is it systemd-resolved that resolves names?"""
    by_nss = "resolve" in nss_modules(machine) and machine.exists("run/systemd/resolve")
    return by_nss or not _STUBS.isdisjoint(nameservers(machine))


def resolved_settings(machine: Machine, key: str) -> list[str]:
    """The words of a setting of systemd-resolved; lines add up, an empty one takes back those before."""
    text = f"{machine.read('etc/systemd/resolved.conf')}\n{machine.read_all('etc/systemd/resolved.conf.d', '.conf')}"
    words: list[str] = []
    for value in re.findall(rf"^\s*{key}\s*=(.*)$", text, re.MULTILINE):
        words = [*words, *value.split()] if value.strip() else []
    return words


def how_to_ask(machine: Machine, target: Target) -> str:
    """What has this machine ask the target for its zone, as a sentence without a full stop."""
    host, port, domain = target
    if machine.platform == "darwin":
        return f"write 'nameserver {host}' and 'port {port}' as two lines into /etc/resolver/{domain}"
    if asks_resolved(machine):
        return (
            f"write '[Resolve]', 'DNS={target.address}' and 'Domains=~{domain}' as three lines into "
            "/etc/systemd/resolved.conf.d/clusterdns.conf, then 'systemctl restart systemd-resolved'"
        )
    if _NM_DNSMASQ.search(machine.read_all("etc/NetworkManager/conf.d", ".conf")):
        return (
            f"write 'server=/{domain}/{host}#{port}' into /etc/NetworkManager/dnsmasq.d/clusterdns.conf, then "
            "'systemctl restart NetworkManager'"
        )
    if any(holder.program == "dnsmasq" for holder in machine.holders(_DNS_PORT)):
        return (
            f"write 'server=/{domain}/{host}#{port}' into /etc/dnsmasq.d/clusterdns.conf, then "
            "'systemctl restart dnsmasq'"
        )
    serve = "" if port == _DNS_PORT else "start 'clusterdns serve --port 53' as root, and "
    return (
        f"{serve}put 'nameserver {host}' in front of the others in /etc/resolv.conf; or, for one program, "
        "'clusterdns run -- PROGRAM'"
    )
