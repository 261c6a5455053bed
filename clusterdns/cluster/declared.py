"""Everything that the controllers start from: what manifests give, and what is built in where they give nothing.

Which built-in objects are there follows from the given ones alone: Namespaces that objects name; Nodes if none is
given; the Services of the API server and of DNS unless given; a Pod of DNS unless something given stands there.
"""

from collections import Counter
from collections.abc import Iterable

from clusterdns.cluster import builtin, endpoints, endpoints_mirror
from clusterdns.cluster.changes import Change
from clusterdns.cluster.cluster import SERVICE_NAME_LABEL, Name, name_of
from clusterdns.cluster.objects import (
    KINDS,
    Endpoints,
    EndpointSlice,
    Key,
    Node,
    Object,
    Pod,
)
from clusterdns.cluster.selectors import selects
from clusterdns.cluster.settings import Settings, family_of


class Declared:
    """Given and built-in objects by kind and name; `objects` is to be read only."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._family = family_of(settings.service_cidrs[0])
        self._given: dict[Key, Object] = {}
        self._built_in: dict[Key, Object] = {}
        self._namespaces: Counter[str] = Counter()  # how many given objects name each
        self._nodes: dict[Key, Node] = {}  # the given ones
        self._api_backends: set[Key] = set()
        self._dns_backends: set[Key] = set()
        self.objects: dict[str, dict[Name, Object]] = {kind: {} for kind in KINDS}

    @property
    def nodes_built_in(self) -> bool:
        return not self._nodes

    def apply(self, changes: Iterable[Change]) -> list[Change]:
        """Follows changes of given objects; returns what that changed here, each object once."""
        touched: dict[Key, None] = {}
        for key, _, new in changes:
            old = self._given.pop(key, None)
            if new is not None:
                self._given[key] = new
            touched[key] = None
            if key.namespace:
                self._namespaces[key.namespace] += (new is not None) - (old is not None)
                touched[Key("Namespace", "", key.namespace)] = None
            self._note(key, new)
        before, self._built_in = self._built_in, self._build_in()
        touched.update(dict.fromkeys(before | self._built_in))
        return [change for key in touched if (change := self._refresh(key)) is not None]

    def _note(self, key: Key, new: Object | None) -> None:
        """Remembers what keeps built-in objects away."""
        if isinstance(new, Node):
            self._nodes[key] = new
        else:
            self._nodes.pop(key, None)
        for keys, is_one in ((self._api_backends, _is_api_backend), (self._dns_backends, _is_dns_backend)):
            if new is not None and is_one(new):
                keys.add(key)
            else:
                keys.discard(key)

    def _build_in(self) -> dict[Key, Object]:
        nodes = builtin.nodes(self._settings.nodes) if self.nodes_built_in else []
        objects: list[Object] = [*nodes]
        if not self._settings.bare:
            objects += map(builtin.namespace, builtin.NAMESPACES)
            objects += builtin.services()
            if not self._api_backends:
                objects.append(builtin.api_slice(nodes or self._nodes.values(), self._family))
            if not self._dns_backends:
                objects.append(builtin.dns_pod())
        return {thing.key(): thing for thing in objects}

    def _refresh(self, key: Key) -> Change | None:
        there, name = self.objects[key.kind], (key.namespace, key.name)
        old, new = there.get(name), self._given.get(key) or self._built_in.get(key)
        if new is None and key.kind == "Namespace" and self._namespaces[key.name]:
            new = builtin.namespace(key.name)
        if old == new:
            return None
        if new is None:
            del there[name]
        else:
            there[name] = new
        return Change(key, old, new)


def _is_api_backend(thing: Object) -> bool:
    """Whether an object says where the API server is."""
    if isinstance(thing, Endpoints):
        return name_of(thing) == builtin.API_SERVICE and endpoints_mirror.is_mirrored(thing)
    return isinstance(thing, EndpointSlice) and _service_of(thing) == builtin.API_SERVICE


def _is_dns_backend(thing: Object) -> bool:
    """Whether an object stands behind the Service of DNS, or makes Pods that do."""
    if thing.namespace != builtin.DNS_SERVICE[0]:
        return False
    if isinstance(thing, EndpointSlice):
        return _service_of(thing) == builtin.DNS_SERVICE
    if isinstance(thing, Endpoints):
        return name_of(thing) == builtin.DNS_SERVICE
    if isinstance(thing, Pod):
        return selects(builtin.DNS_LABELS, thing.metadata.labels)
    template = getattr(getattr(thing, "spec", None), "template", None) or {}
    return selects(builtin.DNS_LABELS, (template.get("metadata") or {}).get("labels") or {})


def _service_of(slice_: EndpointSlice) -> Name | None:
    """The Service that a slice speaks for; None if a controller made it in another cluster, and would anew here."""
    labels = slice_.metadata.labels
    if labels.get(endpoints.MANAGED_BY_LABEL) in (endpoints.CONTROLLER, endpoints_mirror.CONTROLLER):
        return None
    return (slice_.namespace, labels.get(SERVICE_NAME_LABEL, ""))
