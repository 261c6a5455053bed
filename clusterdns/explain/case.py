"""A case: one question with its answer, and all that a reason may look at to say why.

Knows the cluster, the table that answers, and how a name is read. Must not judge: that is what `reasons` are for.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from clusterdns.advice.spelling import closest
from clusterdns.advice.survey import Survey
from clusterdns.cluster.cluster import Cluster
from clusterdns.cluster.objects import Endpoint, Namespace, Service, ServiceImport
from clusterdns.corefile import Place, ServerBlock
from clusterdns.dns import codes
from clusterdns.dns.names import ROOT, labels, name_text
from clusterdns.dns.reply import Reply
from clusterdns.explain.reason import ANSWERS, RANK, Reason
from clusterdns.explain.serving import Asked, Sites
from clusterdns.explain.trace import Passage
from clusterdns.records.outcomes import Elsewhere, Found, Missing
from clusterdns.records.paths import SERVICE, Path, parse_path
from clusterdns.records.table import Table
from clusterdns.records.zone import Zone
from clusterdns.stub import Heard, heard_of

WILDCARDS: Final = ("*", "any")
"""Labels that were wildcards once."""
_KINDS: Final = ("svc", "pod")


@dataclass(frozen=True)
class Case:
    """A question and its answer. `typed` is the name as a person wrote it, from which the question was made.

    `explain` has all reasons for a case, the most useful one first, so that one case can tell why another one is so.
    """

    survey: Survey
    sites: Sites
    asked: Asked
    typed: str
    explain: Callable[["Case"], list[Reason]]
    before: tuple[bytes, ...] = ()  # aliases that led to this name

    @property
    def cluster(self) -> Cluster:
        return self.survey.cluster

    @cached_property
    def name(self) -> bytes:
        """The name in lower case."""
        return self.asked.name.lower()

    @property
    def text(self) -> str:
        """The name without its final dot."""
        return name_text(self.asked.name).removesuffix(".") or "."

    @property
    def qtype(self) -> int:
        return self.asked.qtype

    @property
    def heard(self) -> Heard:
        """What a resolver makes of the answer."""
        return heard_of(self.asked.reply, self.qtype)

    @property
    def denied(self) -> bool:
        """Is it NXDOMAIN, NODATA, or an alias that leads nowhere?"""
        return not self.heard.found and self.heard.rcode in (codes.NOERROR, codes.NXDOMAIN)

    @property
    def lacks(self) -> bool:
        """Is it a name of the cluster, Services' or Pods', that does not exist?"""
        return self.zone is not None and not self.zone.reverse and self.heard.rcode == codes.NXDOMAIN

    @property
    def passage(self) -> Passage | None:
        """The way through the last of the server blocks that the question came to."""
        return self.asked.passage.ways[-1] if self.asked.passage is not None else None

    @cached_property
    def blocks(self) -> list[ServerBlock]:
        """The server blocks that the question came to, or would come to."""
        passage = self.asked.passage
        return [way.block for way in passage.ways] if passage is not None else self.sites.blocks_for(self.name)

    @cached_property
    def table(self) -> Table | None:
        """The table that the answer is of, or would be of; None if no table has the name, or others kept it from it."""
        passage = self.asked.passage
        if passage is None:
            return self.sites.table_for(self.name)
        tables = (self.sites.table_of(way.block) for way in passage.ways if _leaves_it_to_the_cluster(way))
        return next((each for each in tables if each is not None and each.zone_of(self.name) is not None), None)

    def place_of(self, plugin: str) -> Place | None:
        """Where one of those server blocks configures a plugin."""
        return next((each.place for block in self.blocks for each in block.directives if each.name == plugin), None)

    @cached_property
    def zone(self) -> Zone | None:
        return self.table.zone_of(self.name) if self.table is not None else None

    @cached_property
    def labels(self) -> list[str]:
        """The labels left of the cluster's zone, all of them if it is in none."""
        end = len(self.zone.name) if self.zone is not None else len(ROOT)
        return [label.decode("utf-8", "replace") for label in labels(self.name[: len(self.name) - end] + ROOT)]

    @cached_property
    def path(self) -> Path | None:
        """How the table reads the name; None for a shape that there isn't, and for names of other zones."""
        if self.zone is None or self.zone.reverse or not self.labels or self.table is None:
            return None
        zonal, relative = self.table.options.zonal, [label.encode() for label in self.labels]
        return parse_path(relative, multicluster=self.zone.multicluster, zonal=zonal)

    @property
    def namespace(self) -> str:
        """The namespace that the name asks for, whether or not there is one."""
        return _decoded(self.path.namespace) if self.path is not None else ""

    @property
    def service_name(self) -> str:
        """The Service that the name asks for, whether or not there is one."""
        return _decoded(self.path.name) if self.path is not None and self.path.kind == SERVICE else ""

    @property
    def endpoint(self) -> str:
        """The label of an endpoint that the name asks for."""
        return _decoded(self.path.endpoint) if self.path is not None else ""

    @cached_property
    def service(self) -> Service | None:
        """The Service itself, if there is one; None in a zone of ServiceImports."""
        if not self.service_name or self.zone is None or self.zone.multicluster:
            return None
        return self.cluster.services.get((self.namespace, self.service_name))

    @cached_property
    def imported(self) -> ServiceImport | None:
        """The ServiceImport, in a zone of those."""
        if self.table is None or self.path is None or self.zone is None or not self.zone.multicluster:
            return None
        return self.table.view.service_import((self.path.namespace, self.path.name))

    @property
    def endpoints(self) -> list[Endpoint]:
        """The endpoints of the Service, ready or not."""
        return [each for part in self.cluster.slices_of(self.namespace, self.service_name) for each in part.endpoints]

    @cached_property
    def namespaces(self) -> list[str]:
        return [name for _, name in self.cluster.of(Namespace)]

    @property
    def namesakes(self) -> list[str]:
        """The other namespaces with a Service of that name."""
        there = self.survey.services_named(self.service_name)
        return [service.namespace for service in there if service.namespace != self.namespace]

    def similar_service(self) -> str | None:
        """A Service of the namespace whose name is nearly the one asked."""
        there = (name for where, name in self.cluster.services if where == self.namespace)
        return closest(self.service_name, there)

    def similar_namespace(self) -> str | None:
        return closest(self.namespace, self.namespaces)

    @cached_property
    def meant(self) -> bool:
        """Is the name read as its author may have meant it, and not only as the search list makes it?

        The first label that was typed is a Service, a port, a Pod's address, or an endpoint, of a Service that is known
        or in a namespace that was typed as well.
        """
        if self.path is None or (self.namespace in _KINDS and self.namespace not in self.namespaces):
            return False
        first, *typed = self.typed.lower().split(".")
        known = bool(self.survey.services_named(self.service_name))
        if self.path.port or self.path.topology:
            return first.startswith("_") or known
        if self.endpoint:
            return first == self.endpoint and (known or (self.namespace in self.namespaces and self.namespace in typed))
        if not self.path.name:
            return "." in self.typed.strip(".")
        return first == _decoded(self.path.name)

    @property
    def why(self) -> Reason | None:
        """The most useful reason for the answer: what it is, or else why there is none."""
        reasons = self.explain(self)
        telling = [reason for reason in reasons if RANK[reason.code] in ANSWERS] if self.heard.found else []
        return next(iter(telling or reasons), None)

    def of(self, name: bytes, qtype: int, passage: Passage | None = None) -> "Case":
        """The case of another name that this one leads to. It was asked in `passage`, or else is in a table."""
        answered = passage.answered if passage is not None else None
        reply = answered.reply if answered is not None else None
        if passage is None:
            reply = _looked_up(self.sites.table_for(name.lower()), name.lower(), qtype)
        asked = Asked(name, qtype, reply, passage)
        return replace(self, asked=asked, typed=name_text(name).removesuffix("."), before=(*self.before, self.name))


def _looked_up(table: Table | None, name: bytes, qtype: int) -> Reply | None:
    """What a table has, as a reply."""
    outcome = table.lookup(name, qtype) if table is not None else None
    match outcome:
        case Found(records, _):
            reply = Reply()
            reply.answer = list(records)
            return reply
        case Missing(_, exists):
            return Reply(codes.NOERROR if exists else codes.NXDOMAIN)
        case Elsewhere():
            return Reply()
    return None


def _leaves_it_to_the_cluster(way: Passage) -> bool:
    """Did the question come to the kubernetes plugin, or to what the cache had of it?"""
    decisive = way.decisive
    return way.visit_of("kubernetes") is not None or (decisive is not None and decisive.plugin.name == "cache")


def outcome_of(heard: Heard) -> str:
    """What came back, in a word: `answer`, `NODATA`, `NXDOMAIN`, `SERVFAIL` …, or `no reply`."""
    if heard.rcode is None:
        return "no reply"
    if heard.rcode == codes.NOERROR:
        return "answer" if heard.found else "NODATA"
    return codes.rcode_text(heard.rcode)


def _decoded(label: bytes) -> str:
    return label.decode("utf-8", "replace")
