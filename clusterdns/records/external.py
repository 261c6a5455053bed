"""Services by the addresses that they have outside of the cluster, for zones of their own (CoreDNS: k8s_external).

In such a zone names are `web.default`, `http.tcp.web.default` and, of headless Services if they are wanted there,
`db-0.db.default`. Knows objects and labels, no zone and no record.
"""

from collections.abc import Callable, Iterable

from clusterdns.cluster.objects import Object, Service
from clusterdns.records.addresses import pack_address
from clusterdns.records.apex import services_behind
from clusterdns.records.backends import ANY_PORT, Backend, Port, backends_of, ports_of
from clusterdns.records.schema import Member, Members
from clusterdns.records.view import View, external_hosts, is_headless


def external_members(view: View, labels: list[bytes], *, headless: bool) -> Members | None:
    """What the labels left of the zone, in lower case, stand for; none for a name that exists without any, and None for
    one that does not exist.

    With `headless`, Services without external addresses have their ready endpoints instead.
    """
    *left, namespace = labels
    if not view.exposed(namespace):
        return None
    if not left:
        return []
    *left, name = left
    if len(left) > 2:
        return None
    found = view.service((namespace, name))
    if found is None:
        return None
    port, protocol = [label.removeprefix(b"_") for label in left] if len(left) == 2 else (b"", b"")
    endpoint = left[0].removeprefix(b"_") if len(left) == 1 else b""

    def is_asked(each: Port) -> bool:
        return each.is_asked(port, protocol)

    if headless and not external_hosts(found) and (is_headless(found) or endpoint):
        key = (namespace, name)
        backends = view.backends(key)
        among = backends.labelled.get(endpoint, ()) if endpoint else backends.all
        return _of_backends(found, among, is_asked) or None
    return _of_addresses(found, is_asked) or None


def external_pointers(view: View, address: str) -> list[str]:
    """The names, relative to the zone, of the Services with that external address; those of namespaces not listed are
    left out.
    """
    found = view.services_by_external.get(address, ())
    restricted = bool(view.options.namespaces)
    names = [_base(thing) for thing in found if not restricted or view.exposed(thing.namespace.encode())]
    return list(dict.fromkeys(names))


def external_servers(view: View, *, headless: bool) -> list[str]:
    """The external addresses of the Services that the server is behind; its own if it is behind none."""
    own = view.own_addresses
    if not any(address in view.slices_by_ip for address in own):
        return list(own)
    addresses: list[str] = []
    for address in own:
        for found, part in services_behind(view, address):
            if headless and is_headless(found):
                addresses += [
                    backend.address for backend in backends_of(part, pod_names=view.options.endpoint_pod_names)
                ]
            else:
                addresses += external_hosts(found)
    return [address for address in addresses if pack_address(address) is not None]


def is_external(old: Object | None, new: Object | None) -> bool:
    """Does a change of an object change a zone of external addresses? As CoreDNS reckons, ports of any Service do."""
    if not isinstance(old or new, Service):
        return False
    if not (isinstance(old, Service) and isinstance(new, Service)):
        return any(isinstance(thing, Service) and external_hosts(thing) for thing in (old, new))
    return external_hosts(old) != external_hosts(new) or ports_of(old.spec.ports) != ports_of(new.spec.ports)


def _of_addresses(found: Service, is_asked: Callable[[Port], bool]) -> Members:
    ports = [port for port in ports_of(found.spec.ports) or ANY_PORT if is_asked(port)]
    return [Member(host, port.number, _base(found)) for host in external_hosts(found) for port in ports]


def _of_backends(found: Service, among: Iterable[Backend], is_asked: Callable[[Port], bool]) -> Members:
    return [
        Member(backend.address, port.number, f"{backend.label}.{_base(found)}")
        for backend in among
        for port in backend.ports
        if is_asked(port)
    ]


def _base(found: Service) -> str:
    return f"{found.name}.{found.namespace}"
