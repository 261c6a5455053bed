"""What the files say by which programs resolve names: resolv.conf, nsswitch.conf, hosts, systemd-resolved, mDNS."""

from collections.abc import Iterator

from clusterdns.doctor.findings import Finding, Level, Seen, Target
from clusterdns.doctor.machine import Machine
from clusterdns.doctor.systems import asks_resolved, how_to_ask, nameservers, nss_modules, resolved_settings


def examine(machine: Machine, target: Target, seen: Seen) -> Iterator[Finding]:
    if machine.platform == "darwin":
        yield _resolver_file(machine, target)
    else:
        yield _resolv_conf(machine, target, seen)
        yield from _nsswitch(machine, target)
        if asks_resolved(machine):
            yield from _resolved(machine, target, seen)
    yield from _hosts(machine, target)
    if machine.exists("run/nscd/socket"):
        yield Finding(
            "nscd",
            Level.WARNING,
            "nscd keeps what it was once told",
            "'nscd --invalidate=hosts' after a change, or stop it",
        )


def _resolver_file(machine: Machine, target: Target) -> Finding:
    path = f"etc/resolver/{target.domain}"
    lines = [line.split() for line in machine.read(path).splitlines()]
    if ["nameserver", target.host] in lines and (target.port == 53 or ["port", str(target.port)] in lines):
        return Finding("resolver-file", Level.OK, f"/{path} names {target.address}")
    what = "names somebody else" if lines else "is not there, and names below .local are mDNS's"
    return Finding("resolver-file", Level.PROBLEM, f"/{path} {what}", how_to_ask(machine, target))


def _resolv_conf(machine: Machine, target: Target, seen: Seen) -> Finding:
    named = nameservers(machine)
    text = f"/etc/resolv.conf names {', '.join(named)}"
    here = named.index(target.host) if target.port == 53 and target.host in named else None
    if here == 0 or seen.agree or asks_resolved(machine):
        return Finding("resolv-conf", Level.OK, text)
    if here:
        what = f"{text}: {target.host} is asked only when those before it give no answer at all"
        return Finding("resolv-conf", Level.PROBLEM, what, "put it first")
    why = "" if target.port == 53 else f" (only port 53 can be named there, not {target.port})"
    return Finding("resolv-conf", Level.PROBLEM, f"{text}, and not {target.host}{why}", how_to_ask(machine, target))


def _nsswitch(machine: Machine, target: Target) -> Iterator[Finding]:
    modules = nss_modules(machine)
    if not {"dns", "resolve"}.intersection(modules):
        what = f"/etc/nsswitch.conf looks for hosts in {', '.join(modules)} alone"
        yield Finding("nsswitch", Level.PROBLEM, what, "add 'dns' to its line 'hosts:'")
        return
    asked = min(modules.index(each) for each in ("dns", "resolve") if each in modules)
    before = [each for each in modules[:asked] if each.startswith("mdns")]
    if before and target.is_local:
        yield _mdns(machine, before)
    else:
        yield Finding("nsswitch", Level.OK, f"/etc/nsswitch.conf looks for hosts in {', '.join(modules)}")


def _mdns(machine: Machine, modules: list[str]) -> Finding:
    """nss-mdns takes names below `local` of two labels only, unless it is told more (its README, 0.15)."""
    told = {line.strip().strip(".") for line in machine.read("etc/mdns.allow").splitlines()}
    taking = [each for each in modules if not each.endswith("_minimal")]
    if taking and told & {"local", "*"}:
        what = f"'{taking[0]}' in /etc/nsswitch.conf takes all names below .local, since /etc/mdns.allow says so"
        return Finding("mdns", Level.PROBLEM, what, "delete '.local' and '*' there, or put 'dns' before it")
    what = f"'{modules[0]}' in /etc/nsswitch.conf comes before DNS, and takes names below .local of two labels"
    return Finding("mdns", Level.OK, f"{what}; those of a cluster have more")


def _resolved(machine: Machine, target: Target, seen: Seen) -> Iterator[Finding]:
    servers, domains = resolved_settings(machine, "DNS"), resolved_settings(machine, "Domains")
    ways = {target.address, *([target.host] if target.port == 53 else ())}
    routed = {f"~{target.domain}", target.domain}.intersection(domains)
    if ways.intersection(servers) and routed:
        yield _told(target, seen)
        return
    if not seen.agree:
        what = f"systemd-resolved resolves names here, and is not told to ask {target.address} for {target.domain}"
        yield Finding("resolved", Level.PROBLEM, what, how_to_ask(machine, target))
    if target.is_local and not routed and resolved_settings(machine, "MulticastDNS") == ["yes"]:
        what = "systemd-resolved looks for names below .local by mDNS (MulticastDNS=yes)"
        yield Finding("mdns", Level.WARNING, what, f"'Domains=~{target.domain}' takes the cluster's out of that")


def _told(target: Target, seen: Seen) -> Finding:
    """Of a systemd-resolved whose settings are right: it asks nobody, not even loopback, while there is no network."""
    text = f"systemd-resolved is told to ask {target.address} for {target.domain}"
    if seen.agree or not seen.from_server:
        return Finding("resolved", Level.OK, text)
    what = f"{text}, and does not: it was not started since, or this machine has no network but loopback"
    do = "'systemctl restart systemd-resolved'; offline, for one program, 'clusterdns run -- PROGRAM'"
    return Finding("resolved", Level.PROBLEM, what, do)


def _hosts(machine: Machine, target: Target) -> Iterator[Finding]:
    """Names that nobody asks for, since the file is read first."""
    for number, line in enumerate(machine.read("etc/hosts").splitlines(), 1):
        for name in line.partition("#")[0].split()[1:]:
            if f".{name.rstrip('.').lower()}".endswith(f".{target.domain}"):
                what = f"/etc/hosts:{number} has {name}, so nobody is asked for it"
                yield Finding("hosts", Level.WARNING, what, "delete it there")
