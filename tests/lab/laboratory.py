"""The lab of config/lab run by a test: its Corefile with free ports, its manifests where they may be changed."""

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import dns.message
from serving import ROOT, Server, free_port, serving, wait_until

COREFILE = ROOT / "config/lab/Corefile"
MANIFESTS = ROOT / "manifests/lab"
TIERS = {"node-cache": 5253, "cluster-dns": 5353, "intranet": 5453, "internet": 5553}
"""The tiers by the name in their query log, and their ports, in the order in which they ask each other."""


class Lab:
    """The running lab."""

    def __init__(self, server: Server, ports: Mapping[str, int], manifests: Path) -> None:
        self.server = server
        self.manifests = manifests
        self._ports = ports

    def ask(self, name: str, rdtype: str = "A", *, at: str = "node-cache", tcp: bool = False) -> dns.message.Message:
        """The reply of a tier, by default of the one that clients ask."""
        return self.server.ask(name, rdtype, port=self._ports[at], tcp=tcp)

    def ask_and_trace(self, name: str, rdtype: str = "A") -> tuple[dns.message.Message, list[str]]:
        """The reply of the node's cache, and the tiers that were asked for that name, from their query logs.

        A tier logs a query once it is answered: the lowest first, the node's cache last.
        """
        before = len(self.server.log())
        reply = self.ask(name, rdtype)
        wait_until(
            lambda: "node-cache" in self.tiers_asked(name, rdtype, since=before),
            f"the node's cache logged no question for {name}",
        )
        return reply, self.tiers_asked(name, rdtype, since=before)

    def tiers_asked(self, name: str, rdtype: str = "A", since: int = 0) -> list[str]:
        """The tiers whose query log has the question, `since` that many characters."""
        log = self.server.log()[since:]
        question = rf': \S+ - \d+ "{rdtype} IN {re.escape(name)}\. '
        return [tier for tier in TIERS if re.search(tier + question, log)]

    def edit(self, manifest: str, old: str, new: str) -> None:
        """Replaces text in a manifest, as an editor would."""
        path = self.manifests / manifest
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))


@contextmanager
def laboratory(folder: Path, ports: Mapping[str, int] | None = None, ask_at: str = "127.0.0.1") -> Iterator[Lab]:
    """The lab at work, with its files in `folder`; on free ports unless others are given."""
    ports = ports or {tier: free_port() for tier in TIERS}
    for file in COREFILE.parent.iterdir():
        text = file.read_text()
        for tier, port in TIERS.items():
            text = text.replace(f":{port}", f":{ports[tier]}")
        (folder / file.name).write_text(text)
    manifests = folder / "manifests"
    shutil.copytree(MANIFESTS, manifests)
    binds = [option for address in {"127.0.0.1": 0, ask_at: 0} for option in ("--bind", address)]
    options = ["--conf", str(folder / "Corefile"), *binds, "--pod-cidr", "20.96.0.0/12", str(manifests)]
    with serving(*options, port=ports["node-cache"], log=folder / "log", host=ask_at) as server:
        yield Lab(server, ports, manifests)
