"""Who has the ports: 53, which resolv.conf means, and 5353, which is also that of mDNS."""

from collections.abc import Iterator
from typing import Final

from clusterdns.doctor.findings import Finding, Level, Seen, Target
from clusterdns.doctor.machine import Holder, Machine

_DNS: Final = 53
_MDNS: Final = 5353
_OURS: Final = ("clusterdns", "python")  # what our processes are called, cut to what the kernel shows


def examine(machine: Machine, target: Target, seen: Seen) -> Iterator[Finding]:
    if not seen.agree and target.port != _DNS:
        yield from _port_53(machine, target)
    if target.port == _MDNS:
        yield from _port_5353(machine, target, seen)


def _port_53(machine: Machine, target: Target) -> Iterator[Finding]:
    """Could the target be had at port 53?"""
    holders = machine.holders(_DNS)
    others = [each for each in holders if each.everywhere or each.address == target.host]
    if others:
        what = f"port 53 of {target.host} is taken by {others[0]}"
        yield Finding("port-53", Level.WARNING, what, "'clusterdns serve --port 53 --bind 127.0.0.2', or stop it")
    elif holders:
        taken = ", ".join(dict.fromkeys(f"{each.address} by {each}" for each in holders))
        yield Finding("port-53", Level.OK, f"port 53 of {target.host} is free (it is taken of {taken})")


def _port_5353(machine: Machine, target: Target, seen: Seen) -> Iterator[Finding]:
    """A responder of mDNS has the same port, which is no conflict as long as we have the narrower address."""
    holders = machine.holders(_MDNS)
    others = [each for each in holders if not each.program.startswith(_OURS)]
    if not others:
        return
    if seen.error and any(each.transport == "TCP" for each in others):
        yield Finding(
            "port-5353", Level.PROBLEM, f"TCP port 5353 is taken by {others[0]}", "'clusterdns serve --port 5300'"
        )
    elif _is_everywhere(holders, target):
        what = (
            f"{others[0]} has UDP port 5353, too, and either may get a query, since clusterdns has it of all addresses"
        )
        yield Finding("port-5353", Level.WARNING, what, "'clusterdns serve --port 5300', or --bind 127.0.0.1")
    else:
        what = f"{others[0]} has UDP port 5353, too, but not of {target.host}"
        yield Finding("port-5353", Level.OK, what)


def _is_everywhere(holders: list[Holder], target: Target) -> bool:
    ours = [each for each in holders if each.program.startswith(_OURS)]
    return any(each.everywhere for each in ours) and not any(each.address == target.host for each in ours)
