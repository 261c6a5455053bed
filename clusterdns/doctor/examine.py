"""All findings, in the order in which one would look: the server, the lookup, and what stands between the two."""

from clusterdns.doctor import ports, resolving
from clusterdns.doctor.findings import Finding, Level, Seen, Target
from clusterdns.doctor.machine import Machine


def examine(machine: Machine, target: Target, seen: Seen) -> list[Finding]:
    """What is the case on a machine, and what would do. It asks the target if `seen.agree`."""
    findings = [_server(target, seen), _lookup(target, seen)]
    findings += resolving.examine(machine, target, seen)
    findings += ports.examine(machine, target, seen)
    return findings


def _server(target: Target, seen: Seen) -> Finding:
    if seen.error:
        return Finding(
            "server", Level.PROBLEM, f"nobody answers: {seen.error}", "start 'clusterdns serve', or name it by --server"
        )
    if not seen.from_server:
        return Finding(
            "server",
            Level.PROBLEM,
            f"{target.address} answers, but knows no {target.name}",
            "name another server by --server, or its zone by --cluster-domain",
        )
    return Finding("server", Level.OK, f"{target.address} answers for {target.domain}")


def _lookup(target: Target, seen: Seen) -> Finding:
    """What programs find; the findings after it say what is in the way."""
    if seen.agree:
        return Finding("lookup", Level.OK, f"programs on this machine find {target.name} there")
    if not seen.by_programs:
        return Finding("lookup", Level.PROBLEM, f"programs on this machine do not find {target.name}")
    found = f"programs on this machine find {target.name} elsewhere, as {', '.join(seen.by_programs)}"
    return Finding("lookup", Level.PROBLEM, found)
