"""SRV records: ports by their names, and types of records that a name lacks.

Knows the ports of a Service that is there.
"""

from collections.abc import Iterator

from clusterdns.advice.services import advise_ports
from clusterdns.advice.spelling import closest
from clusterdns.cluster.objects import ServicePort
from clusterdns.dns import codes
from clusterdns.explain.case import Case
from clusterdns.explain.reason import Code, Reason, reason_of


def no_such_port(case: Case) -> Iterator[Reason]:
    """A port that no port of the Service is."""
    service, path = case.service, case.path
    if service is None or path is None or not path.port or service.spec.type == "ExternalName":
        return
    if case.heard.rcode != codes.NXDOMAIN:
        return
    name, protocol, ports = path.port.decode(), path.protocol.decode(), service.spec.ports
    same = [port for port in ports if port.name == name]
    if same and all(port.protocol.lower() != protocol for port in same):
        yield Reason(
            Code.NO_SUCH_PORT,
            f"port {name} of {service.key()} is {same[0].protocol}, not {protocol.upper()}",
            f"ask for _{name}._{same[0].protocol.lower()}",
            service.key(),
            ("spec", "ports", ports.index(same[0]), "protocol"),
        )
    elif not same and (nameless := [port for port in ports if not port.name]):
        number = nameless[0].port
        yield Reason(
            Code.PORT_WITHOUT_NAME,
            f"port {number} of {service.key()} has no name, so there is no SRV record for it by name",
            f"name: {name} at that port",
            service.key(),
            ("spec", "ports", ports.index(nameless[0])),
        )
    elif not same and ports:
        yield _others(case, name, ports)
    elif not ports:
        yield from map(reason_of, advise_ports(service))


def without_ports(case: Case) -> Iterator[Reason]:
    """SRV asked of a Service that has no ports."""
    service, path = case.service, case.path
    if service is None or path is None or path.port or case.qtype != codes.SRV or not case.denied:
        return
    yield from map(reason_of, advise_ports(service))


def family(case: Case) -> Iterator[Reason]:
    """AAAA of a Service that has IPv4 alone, or the other way round."""
    service = case.service
    if service is None or case.heard.rcode != codes.NOERROR or case.heard.found or case.heard.alias:
        return
    families = service.spec.ip_families
    wanted = {codes.A: "IPv4", codes.AAAA: "IPv6"}.get(case.qtype)
    if wanted is not None and families and wanted not in families:
        yield Reason(
            Code.OTHER_FAMILY,
            f"{service.key()} is single-stack, {families[0]} alone, so there is no {codes.type_text(case.qtype)}",
            "ipFamilyPolicy: PreferDualStack, for who needs both",
        )


def other_type(case: Case) -> Iterator[Reason]:
    """A type that names of a cluster don't have."""
    if case.zone is None or case.heard.rcode != codes.NOERROR or case.heard.found or case.heard.alias:
        return
    asked = codes.type_text(case.qtype)
    if case.service is None:
        if case.path is not None or not case.labels:
            code = Code.OTHER_TYPE if case.meant else Code.ONLY_SEARCHED
            yield Reason(code, f"the name exists, and has no {asked}: there are only names below it")
        return
    if case.qtype == codes.SRV and case.service.spec.type == "ExternalName":
        yield Reason(
            Code.OTHER_TYPE,
            f"{case.service.key()} is an ExternalName, which has no SRV records in CoreDNS",
            f"ask for SRV at {case.service.spec.external_name}",
        )
    elif case.qtype == codes.CNAME:
        yield Reason(Code.OTHER_TYPE, f"{case.service.key()} is no ExternalName, so its name is no alias", "ask for A")
    elif case.qtype not in (codes.A, codes.AAAA, codes.SRV):
        yield Reason(Code.OTHER_TYPE, f"names of Services have no {asked}", "ask for A, AAAA or SRV")


REASONS = (no_such_port, without_ports, family, other_type)


def _others(case: Case, name: str, ports: list[ServicePort]) -> Reason:
    assert case.service is not None
    similar = closest(name, [port.name for port in ports])
    known = ", ".join(f"_{port.name}._{port.protocol.lower()}" for port in ports)
    meant = f" (did you mean {similar}?)" if similar else ""
    said = f"no port of {case.service.key()} is called {name}{meant}"
    return Reason(Code.NO_SUCH_PORT, said, f"ask for one of {known}", case.service.key(), ("spec", "ports"))
