"""A cluster's DNS in a test: started with manifests, asked, changed, and made to fail, from within the test.

The same code that `clusterdns serve` runs, in a thread of the test's process. Everything here is called from the test's
side; what runs on the other side of the socket is elsewhere.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from os import PathLike
from types import TracebackType
from typing import Any, Final, Self

from clusterdns.cluster.problems import Problem
from clusterdns.cluster.settings import Settings
from clusterdns.dns import codes
from clusterdns.plugins.fault import Fault, Faults, make_fault
from clusterdns.server.keeper import Keeper
from clusterdns.stub import NotThere, ResolvConf, dns_address, resolv_conf_of
from clusterdns.testing.asked import AskedQueries, AskedQuery
from clusterdns.testing.changes import Edit, Objects
from clusterdns.testing.client import look_up, parse_type
from clusterdns.testing.corefile import on_free_ports, read_corefile
from clusterdns.testing.dnspython import default_resolvers
from clusterdns.testing.errors import HIDDEN, ClusterDNSError, InvalidObject, NoSuchObject
from clusterdns.testing.faults import InjectedFault
from clusterdns.testing.lookups import looking_up
from clusterdns.testing.pod import PodResolver
from clusterdns.testing.running import HOST, Logging, Running
from clusterdns.testing.sources import Source, holds_anything, read_sources

__tracebackhide__ = HIDDEN

_PATIENCE: Final = 5.0  # seconds for an answer
_NOT_RUNNING: Final = "it is not running: use it in a `with` block, or call start()"


class ClusterDNS:
    """The DNS of a cluster, over UDP and TCP on one free port of 127.0.0.1.

        with ClusterDNS("manifests/") as dns:
            assert dns.resolve("web.default.svc.cluster.local") == ["10.108.174.60"]

    `sources` are paths of files and folders, manifests as YAML or JSON text, objects as dicts, and lists of those; none
    at all is an empty cluster. Files are read when it starts, and not watched.

    `corefile` is a path or text. Without one there is the cluster with its reverse zones, as kubeadm sets it up, and
    every other name does not exist: nothing is forwarded, so that no test depends on the world outside. A Corefile is
    served on the free port, whichever its first server block names and whatever `bind` says, and on another for each
    further transport; its pages (health, ready, metrics) are not opened. If `lenient`, plugins of CoreDNS that are
    left out here are passed over, which the log says.

    Start it by `with`, or by `start` and `stop`. Methods may be called in any thread, and return when what they change
    is answered. Raises `InvalidObject` and `InvalidCorefile` for what is wrong with those.
    """

    def __init__(
        self,
        *sources: Source,
        corefile: str | PathLike[str] | None = None,
        cluster_domain: str = "cluster.local",
        lenient: bool = False,
    ) -> None:
        self.cluster_domain = cluster_domain
        self._lenient = lenient
        self._sources = sources
        self._corefile = corefile
        self._asked: AskedQueries | None = None
        self._running: Running | None = None

    def start(self) -> Self:
        """Begins to answer; returns itself. Raises `InvalidObject`, `InvalidCorefile`, `CannotStart`."""
        if self._running is not None:
            raise ClusterDNSError("it is running already")
        corefile = on_free_ports(read_corefile(self._corefile, self.cluster_domain))
        read = read_sources(self._sources)
        keeper = Keeper(Settings(cluster_domain=self.cluster_domain), (), Logging(), read.manifests)
        problems = [*read.problems, *keeper.load()]
        if problems:
            raise InvalidObject(problems)
        for each in (*read.notes, *keeper.warnings, *corefile.warnings):
            keeper.world.log.warning(str(each))
        asked = AskedQueries(keeper.world)
        self._running = Running(keeper, corefile, lenient=self._lenient)
        self._keeper, self._asked = keeper, asked
        return self

    def stop(self) -> None:
        """Stops answering, and leaves nothing behind; to stop again is fine."""
        running, self._running = self._running, None
        if running is not None:
            running.stop()

    def __repr__(self) -> str:
        return f"<ClusterDNS {'not running' if self._running is None else self._running.ports}>"

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self.stop()

    @property
    def host(self) -> str:
        """The address at which it answers: 127.0.0.1."""
        return HOST

    @property
    def port(self) -> int:
        """The port at which it answers, UDP and TCP."""
        ports = self.ports
        if "dns" not in ports:
            raise ClusterDNSError(f"by its Corefile it answers over {' and '.join(ports)} only: see `ports`")
        return ports["dns"]

    @property
    def ports(self) -> dict[str, int]:
        """The port of each transport that the Corefile has: `dns`, and `tls`, `https`, `https3`, `quic`."""
        return self._server.ports

    def resolve(self, name: str, type: str | None = None, timeout: float = _PATIENCE) -> list[str]:
        """The answer to a question, as a client gets it: addresses as text, of A and AAAA if no type is given.

        Of other types the record data as in a zone file, such as `0 50 5432 db-0.db.data.svc.cluster.local.` for SRV.
        Where there are none, be it NXDOMAIN or NODATA, it is []. The name is absolute, with or without its final dot.
        Raises `LookupFailed` for other response codes, and when no answer comes in so many seconds.
        """
        return look_up((self.host, self.port), name, type, timeout)

    def apply(self, *sources: Source) -> None:
        """Creates or replaces objects, as `kubectl apply` does: all of them, or none if anything is wrong.

        Raises `InvalidObject`.
        """
        read = read_sources(sources)
        if read.problems:
            raise InvalidObject(read.problems)
        if not any(map(holds_anything, read.manifests)):
            raise InvalidObject([*read.notes, "there is no object to apply"])
        self._change(lambda: self._keeper.apply(read.manifests))

    def delete(self, kind: str, name: str, namespace: str = "default") -> None:
        """Deletes an object and what it owns; a Namespace with all that is in it. Raises `NoSuchObject`."""
        self._edit(lambda objects: objects.delete(kind, name, namespace))

    def scale(self, kind: str, name: str, replicas: int, namespace: str = "default") -> None:
        """Gives a workload so many Pods. Raises `NoSuchObject`, `InvalidObject`."""
        self._edit(lambda objects: objects.scale(kind, name, replicas, namespace))

    def restart(self, kind: str, name: str, namespace: str = "default") -> None:
        """Replaces all Pods of a workload, as `kubectl rollout restart` does: they have other addresses then.

        Raises `NoSuchObject`.
        """
        self._edit(lambda objects: objects.restart(kind, name, namespace))

    def set_ready(self, pod: str, ready: bool, namespace: str = "default") -> None:
        """Has a Pod pass its readiness probe, or fail it, until it is replaced. Raises `NoSuchObject`."""

        def change() -> list[Problem]:
            self._keeper.set_ready(self._objects().pod(pod, namespace), ready=ready)
            return []

        self._change(change)

    def fault(self, pattern: str | tuple[str, ...] = (), **how: Any) -> InjectedFault:
        """Answers wrong from now on, for names that match; `*` stands for any characters, dots included.

        Keywords say for which queries, what is wrong and how often; they are those of the Corefile's `fault`:
        `type`, `client`, `namespace`, `selector`; `rcode`, `empty`, `drop`, `truncate`, `address`, `stale`, `delay`
        (seconds), `jitter`; `times`, `share`, `seed`. The fault ends with the server, by its `remove`, or as a context
        manager. Raises `ValueError`.
        """
        fault: Fault = make_fault(pattern, **how)
        server = self._server

        def remove() -> None:
            if self._running is server:
                server.call(lambda: self._faults().remove(fault))

        server.call(lambda: self._faults().add(fault))
        return InjectedFault(fault, remove)

    @contextmanager
    def as_pod(self, namespace: str = "default", pod: str = "") -> Iterator[PodResolver]:
        """Has all of this process look names up as a program in a Pod of the namespace does, in the `with` block.

        That is by the Pod's search list and `ndots`, with glibc's rules: `socket.getaddrinfo` and its relatives, so
        nearly every library, asyncio and connections by name included; and dnspython's resolvers, so `mongodb+srv`.
        What stands in /etc/hosts, addresses and ports are as before.

        With the name of a Pod it is that one, by its `dnsConfig`. Raises `NoSuchObject` if there is no such Pod or
        namespace, `ClusterDNSError` if the Pod's `dnsPolicy` has it ask other servers.
        """
        conf = self._server.call(lambda: self._resolv_conf_of(namespace, pod))
        resolver = PodResolver((self.host, self.port), conf)
        with looking_up(resolver), default_resolvers(resolver):
            yield resolver

    def _resolv_conf_of(self, namespace: str, pod: str) -> ResolvConf:
        cluster = self._keeper.cluster
        try:
            conf = resolv_conf_of(cluster, namespace, pod, domain=self.cluster_domain).conf
        except NotThere as error:
            raise NoSuchObject(str(error)) from None
        if dns_address(cluster) not in conf.nameservers:
            who, servers = f"Pod {namespace}/{pod}" if pod else "a Pod", ", ".join(conf.nameservers) or "no server"
            raise ClusterDNSError(f"{who} does not ask the cluster's DNS: its resolv.conf names {servers}")
        return conf

    @property
    def queries(self) -> list[AskedQuery]:
        """What was asked so far, in order; of a server that has stopped, too."""
        return [] if self._asked is None else self._asked.all()

    def wait_for_query(self, name: str, type: str | None = None, timeout: float = 1.0, *, times: int = 1) -> AskedQuery:
        """Waits until a name was asked, of any type if none is given, and so many times since the start.

        Returns the query. Raises `NotAsked`, which says what was asked instead.
        """
        if self._asked is None:
            raise ClusterDNSError(_NOT_RUNNING)
        if times < 1:
            raise ClusterDNSError(f"times {times} is less than 1")
        return self._asked.wait_for(name, type and codes.type_text(parse_type(type)), times, timeout)

    @property
    def _server(self) -> Running:
        if self._running is None:
            raise ClusterDNSError(_NOT_RUNNING)
        return self._running

    def _faults(self) -> Faults:
        return self._keeper.world.shared(Faults)

    def _objects(self) -> Objects:
        return Objects(self._keeper.objects, self._keeper.cluster)

    def _edit(self, make: Callable[[Objects], Edit]) -> None:
        self._change(lambda: self._keeper.change(*make(self._objects())))

    def _change(self, change: Callable[[], list[Problem]]) -> None:
        """Changes objects in the server's thread. No reply of before is given afterwards, a cached one neither."""
        server = self._server

        def work() -> list[Problem]:
            problems = change()
            server.forget()
            return problems

        problems = server.call(work)
        if problems:
            raise InvalidObject(problems)
