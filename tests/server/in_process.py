"""A Corefile's server in this process, without sockets: asked past its packet cache, or through it."""

import asyncio
import io

import dns.edns
import dns.message

from clusterdns import corefile
from clusterdns.cluster.settings import Settings
from clusterdns.dns.query import UDP
from clusterdns.logs import Log
from clusterdns.server.keeper import Keeper
from clusterdns.server.service import Service
from clusterdns.server.site import Defaults, make_sites

ZONE = ".default.svc.cluster.local"
CLIENT, LOCAL = ("192.0.2.7", 40212), ("192.0.2.53", 53)


class Answering:
    """Manifests behind a Corefile; the embedded example if none are named."""

    def __init__(
        self, text=". {\n prometheus\n errors\n kubernetes cluster.local {\n pods insecure\n }\n}", *manifests
    ):
        keeper = Keeper(Settings(), manifests, Log(io.StringIO()))
        assert not keeper.load()
        self.world = keeper.world
        self.sites, problems = make_sites(corefile.parse(text, "Corefile", env={}), self.world, Defaults())
        assert not problems
        zones = [(zone, site) for site in self.sites for zone in site.setting.zones]
        self.service = Service("dns://:53", zones, self.world)

    def by_chain(self, message):
        return asyncio.run(self.service.answer(message.to_wire(), UDP, CLIENT, LOCAL))

    def by_cache(self, message):
        return self.by_cache_raw(message.to_wire())

    def by_cache_raw(self, wire):
        return self.service.kept[UDP, 4].get(wire, self.world.clock())

    def counted(self):
        for kept in self.service.kept.values():
            kept.settle()
        return {
            (family.name, sample.suffix, sample.labels): sample.value
            for family in self.world.metrics.collect()
            for sample in family.samples
            if "duration" not in family.name
        }


def ask(name, rdtype="A", cookie=None, **edns):
    if cookie is not None:
        edns = {"use_edns": 0, "options": [dns.edns.GenericOption(10, cookie)], **edns}
    return dns.message.make_query(name, rdtype, id=7, **edns)


def same(one, other):
    """Do two replies say the same, down to the case of names?"""
    return dns.message.from_wire(one).to_text() == dns.message.from_wire(other).to_text()
