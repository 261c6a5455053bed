"""A reply is kept only if nobody could tell: with the packet cache and without, every client gets the same.

Each plugin stands in a server block that answers. Two clients ask the same questions at several times, once through the
packet cache and once past it: replies, log and metrics must agree. A plugin whose reply depends on the client, the
time, chance or a counter, and that does not say so (`Reply.good_until`), is found here.
"""

import asyncio
import io
import random
from contextlib import nullcontext
from itertools import product

import dns.edns
import dns.message
import dns.reversename
import pytest
import trustme
from answering import address_of, answering

from clusterdns import corefile
from clusterdns.cluster.settings import Settings
from clusterdns.dns import codes
from clusterdns.dns.query import UDP
from clusterdns.dns.reply import FOREVER, Reply
from clusterdns.logs import Log
from clusterdns.plugins import BUILT, load
from clusterdns.plugins.base import Plugin
from clusterdns.server.keeper import Keeper
from clusterdns.server.service import Service
from clusterdns.server.site import Defaults, make_sites

CLIENTS = ("192.0.2.7", 40212), ("198.51.100.9", 53)
TIMES = (1000.0, 1000.5, 1003.0, 1050.0, 5000.0)

ZONE = """$TTL 30
@ SOA ns host 1 2 3 4 5
@ NS ns
@ MX 10 mail
ns A 192.0.2.53
mail A 192.0.2.25
mail A 192.0.2.26
www CNAME web
web A 192.0.2.80
web A 192.0.2.81
* TXT "a wildcard"
below NS ns.below
ns.below A 192.0.2.54
"""
HOSTS = """192.0.2.1 host.example.org host
192.0.2.2 host.example.org
2001:db8::1 host.example.org
"""
MANY = "".join(f"192.0.2.{number} many.example.org\n" for number in range(1, 60))
WEIGHTS = "host.example.org\n192.0.2.1 3\n192.0.2.2 1\nweb.example.org\n192.0.2.80 200\n"
MEMBERS = (
    'template IN A example.org {\n answer "{{ .Name }} 20 IN A 10.0.0.1"\n answer "{{ .Name }} 20 IN A 10.0.0.2"\n }'
)

BLOCKS = {
    "acl": [
        ". {\n prometheus\n acl {\n filter type TXT\n block type SRV net 192.0.2.7\n }\n kubernetes cluster.local\n}",
        ". {\n prometheus\n acl svc.cluster.local {\n allow net 192.0.2.0/24\n drop\n }\n kubernetes cluster.local\n}",
    ],
    "auto": ["example.org {\n prometheus\n auto {\n directory FOLDER ^zone(.*)$ example.org{1}\n }\n}"],
    "autopath": [
        ". {\n prometheus\n autopath FOLDER/resolv.conf\n kubernetes cluster.local\n file FOLDER/zone example.org\n}",
        ". {\n autopath @kubernetes\n kubernetes cluster.local {\n pods verified\n }\n}",
    ],
    "bind": [". {\n bind 127.0.0.1\n whoami\n}"],
    "dnssec": [". {\n prometheus\n dnssec\n kubernetes cluster.local\n}"],
    "https": [". {\n https\n whoami\n}"],
    "https3": [". {\n https3\n whoami\n}"],
    "quic": [". {\n quic\n whoami\n}"],
    "sign": [". {\n sign FOLDER/zone example.org {\n directory FOLDER/nowhere\n }\n whoami\n}"],
    "tls": [". {\n tls FOLDER/cert.pem FOLDER/key.pem\n whoami\n}"],
    "cache": [
        f". {{\n cache {options}\n {MEMBERS}\n}}"
        for options in ("", "3", "30 {\n prefetch 1 1m 90%\n }", "30 {\n serve_stale\n }", "30 {\n keepttl\n }")
    ],
    "dns64": [
        ". {\n prometheus\n dns64 {\n allow_ipv4\n }\n hosts FOLDER/hosts\n}",
        ". {\n prometheus\n dns64 {\n allow_ipv4\n translate_all\n }\n kubernetes cluster.local\n}",
    ],
    "errors": [". {\n errors\n kubernetes cluster.local\n}"],
    "file": ["example.org {\n file FOLDER/zone\n}", ". {\n log\n file FOLDER/zone example.org\n}"],
    "forward": [". {\n forward . UPSTREAM\n}", ". {\n prometheus\n log\n cache\n forward . UPSTREAM\n}"],
    "header": [". {\n header {\n query clear rd\n response set ra\n }\n kubernetes cluster.local\n}"],
    "hosts": [". {\n hosts FOLDER/hosts {\n fallthrough\n }\n whoami\n}", ". {\n prometheus\n hosts FOLDER/hosts\n}"],
    "k8s_external": [
        ". {\n prometheus\n k8s_external example.org {\n fallthrough\n }\n kubernetes cluster.local\n whoami\n}"
    ],
    "kubernetes": [
        "cluster.local in-addr.arpa {\n prometheus\n kubernetes {\n pods insecure\n }\n}",
        ". {\n prometheus\n cache 30\n kubernetes cluster.local {\n fallthrough\n }\n whoami\n}",
    ],
    "loadbalance": [
        f". {{\n {above}\n loadbalance {options}\n hosts FOLDER/hosts {{\n fallthrough\n }}\n"
        " kubernetes cluster.local\n file FOLDER/zone example.org\n}"
        for above, options in (
            ("prometheus", ""),
            ("log", ""),
            ("any", "round_robin {\n prefer 192.0.2.2/32 10.244.0.0/24\n }"),
            ("any", "weighted FOLDER/weights"),
        )
    ],
    "log": [
        ". {\n log\n kubernetes cluster.local\n}",
        ". {\n log . {\n class denial\n }\n kubernetes cluster.local\n}",
    ],
    "loop": [". {\n loop\n kubernetes cluster.local\n}"],
    "metadata": [
        '. {\n metadata\n log . "{name} {/kubernetes/service}"\n kubernetes cluster.local\n}',
        ". {\n metadata\n rewrite edns0 local set 0xffee {kubernetes/service}\n kubernetes cluster.local\n}",
    ],
    "minimal": [
        "example.org {\n minimal\n file FOLDER/zone\n}",
        ". {\n prometheus\n minimal\n dnssec\n header {\n response clear aa\n }\n kubernetes cluster.local\n}",
    ],
    "nsid": [". {\n prometheus\n nsid here\n bufsize 600\n kubernetes cluster.local\n}"],
    "prometheus": [". {\n prometheus\n kubernetes cluster.local {\n fallthrough\n }\n file FOLDER/zone example.org\n}"],
    "rewrite": [
        f". {{\n prometheus\n log\n rewrite {rule}\n kubernetes cluster.local\n file FOLDER/zone example.org\n}}"
        for rule in (
            "name host.example.org web.example.org",
            "name suffix .default.svc.cluster.local .data.svc.cluster.local answer auto",
            "continue name prefix web db",
            "continue type AAAA A",
            "ttl suffix example.org 7",
            "cname web.example.org mail.example.org",
            "rcode regex .* NXDOMAIN NOERROR",
            "edns0 local set 0xffee {qname}",
            "edns0 local set 0xffee {client_ip}",
            "edns0 subnet set 24 56 revert",
            "edns0 local set 10 cookie",
            "edns0 nsid unset",
        )
    ],
    "template": [
        f". {{\n prometheus\n {MEMBERS}\n}}",
        '. {\n template ANY ANY {\n answer "{{ .Name }} 5 IN TXT {{ .Remote }}"\n rcode NXDOMAIN\n }\n}',
    ],
    "view": [
        f". {{\n prometheus\n view one {{\n expr {expression}\n }}\n kubernetes cluster.local\n}}\n"
        f". {{\n prometheus\n view two {{\n expr {expression.replace('==', '!=')}\n }}\n {MEMBERS}\n}}\n"
        "cluster.local {\n view odd {\n expr type() == 'SRV'\n }\n whoami\n}"
        for expression in ("type() == 'A'", "client_ip() == '192.0.2.7'", "do() == true && name() == 'example.org.'")
    ],
    "tsig": ["example.org {\n tsig {\n secret key. c2VjcmV0\n require TXT MX\n }\n file FOLDER/zone\n}"],
    "transfer": ["example.org {\n transfer {\n to *\n }\n file FOLDER/zone\n}"],
}
"""Server blocks in which something can go wrong; of other plugins the first example of the docstring is taken."""

NAMES = (
    "web.default.svc.cluster.local", "WEB.default.svc.Cluster.local", "WeB.Default.svc.cluster.LOCAL",
    "db.data.svc.cluster.local", "db.default.svc.cluster.local", "docs.default.svc.cluster.local",
    "nope.default.svc.cluster.local", "10-1-2-3.default.pod.cluster.local", "cluster.local", "example.org",
    "web.example.org", "www.example.org", "host.example.org", "many.example.org", "some.example.org",
    "x.below.example.org", "other", ".",
)  # fmt: skip
TYPES = ("A", "AAAA", "SRV", "TXT", "MX", "SOA", "ANY", "DS", "HINFO", "AXFR")


def questions():
    """Packets: all names and types, some of them with EDNS, all with the same ID."""
    made = [dns.message.make_query(name, rdtype, id=7) for name, rdtype in product(NAMES, TYPES)]
    made += [
        dns.message.make_query(name, rdtype, id=7, use_edns=0, want_dnssec=True, payload=1232)
        for name, rdtype in product(NAMES, ("A", "HINFO"))
    ]
    made += [
        dns.message.make_query(name, "A", id=7, use_edns=0, options=[dns.edns.GenericOption(*option)])
        for name, option in product(NAMES[::3], ((10, b"cookie-1"), (10, b"cookie-2"), (3, b""), (0xFFEE, b"local")))
    ]
    made += [dns.message.make_query(name, "TXT", "CH", id=7) for name in ("version.bind", "id.server")]
    made += [
        dns.message.make_query(dns.reversename.from_address(ip), "PTR", id=7) for ip in ("10.96.0.10", "192.0.2.1")
    ]
    return [message.to_wire() for message in made]


class Counting(Plugin):
    """An upstream that never says the same twice."""

    name = "counting"

    def __init__(self):
        self.asked = 0

    async def serve(self, query, next):
        self.asked += 1
        reply = Reply.to(query, flags=codes.RA)
        reply.answer = [address_of(query, f"10.{self.asked >> 16}.{self.asked >> 8 & 255}.{self.asked & 255}")]
        return reply


class Clock:
    now = TIMES[0]

    def __call__(self):
        return self.now


def make_world(clock):
    """The embedded example's, with a clock that stands and chance that repeats itself."""
    keeper = Keeper(Settings(), (), Log(io.StringIO()))
    keeper.world.clock = keeper.world.wall = clock
    assert not keeper.load()
    keeper.world.random = random.Random(1)
    return keeper.world


def tell(text, *, keeping):
    """All that clients, the log and the metrics tell of a Corefile: whether replies are kept or not."""
    clock = Clock()
    world = make_world(clock)
    sites, problems = make_sites(corefile.parse(text, "Corefile", env={}), world, Defaults())
    assert not problems, problems
    service = Service("dns://:53", [(zone, site) for site in sites for zone in site.setting.zones], world)
    return asyncio.run(_ask_everything(service, sites, clock, keeping=keeping))


async def _ask_everything(service, sites, clock, *, keeping):
    for site in sites:
        for start in site.setting.starts:
            await start()
    replies, hits = [], 0
    for now, client, wire in product(TIMES, CLIENTS, questions()):
        clock.now = now
        kept = service.kept[UDP, 4]
        reply = (kept.get(wire, now) or kept.told(wire, client, now)) if keeping else None
        hits += reply is not None
        replies.append((wire, reply or await service.answer(wire, UDP, client, ("192.0.2.53", 53))))
    for kept in service.kept.values():
        kept.settle()
    service.world.log.flush()
    for site in sites:
        for stop in site.setting.stops:
            await stop()
    return replies, service.world.log.stream.getvalue(), samples(service.world.metrics), hits


def samples(metrics):
    """All samples but those that tell how long something took."""
    return {
        (family.name, sample.suffix, sample.labels): sample.value
        for family in metrics.collect()
        for sample in family.samples
        if "duration" not in family.name
    }


def compare(text):
    """How often a kept reply was given; fails where that made a difference."""
    upstream = Counting()
    with answering(upstream) if "UPSTREAM" in text else nullcontext() as server:
        told = []
        for keeping in (False, True):
            upstream.asked = 0
            told.append(tell(text.replace("UPSTREAM", f"127.0.0.1:{server.port}" if server else ""), keeping=keeping))
    (replies, log, metrics, _), (kept_replies, kept_log, kept_metrics, hits) = told
    for (wire, reply), (_, kept_reply) in zip(replies, kept_replies, strict=True):
        # The octets may differ in how names are compressed.
        assert reply == kept_reply or text_of(reply) == text_of(kept_reply), dns.message.from_wire(wire).question[0]
    assert kept_log == log
    assert kept_metrics == metrics
    return hits


def text_of(reply):
    """A reply as text, the case of its names and the order of its records kept."""
    return reply and dns.message.from_wire(reply, one_rr_per_rrset=True).to_text()


def blocks_of(name):
    if name in BLOCKS:
        return BLOCKS[name]
    example = load(name).__doc__.partition("Examples:\n")[2].partition("\n\n")[0]
    return ["\n".join(line[4:] for line in example.splitlines()) + "\n"]


CASES = [(name, number) for name in sorted(BUILT) for number in range(len(blocks_of(name)))]


@pytest.mark.parametrize(("name", "number"), CASES, ids=[f"{name}-{number}" for name, number in CASES])
def test_nobody_can_tell_whether_replies_are_kept(name, number, tmp_path):
    (tmp_path / "zone").write_text(ZONE)
    (tmp_path / "hosts").write_text(HOSTS + MANY)
    (tmp_path / "weights").write_text(WEIGHTS)
    (tmp_path / "resolv.conf").write_text("search default.svc.cluster.local data.svc.cluster.local example.org\n")
    issued = trustme.CA().issue_cert("localhost")
    issued.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    issued.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    compare(blocks_of(name)[number].replace("FOLDER", str(tmp_path)))


KEEPING = ("cache", "file", "hosts", "kubernetes", "loadbalance")


@pytest.mark.parametrize("name", KEEPING)
def test_plugins_that_answer_from_memory_have_their_replies_kept(name, tmp_path):
    (tmp_path / "zone").write_text(ZONE)
    (tmp_path / "hosts").write_text(HOSTS + MANY)
    (tmp_path / "weights").write_text(WEIGHTS)
    assert compare(blocks_of(name)[0].replace("FOLDER", str(tmp_path))) > 20


class ByClient(Plugin):
    """Depends on the client and forgets to say so."""

    name = "ByClient"

    async def serve(self, query, next):
        reply = Reply.to(query)
        reply.answer = [address_of(query, query.client[0])]
        reply.good_until = FOREVER
        return reply


class ByTime(Plugin):
    """Depends on the time and says so for too long."""

    name = "ByTime"

    async def serve(self, query, next):
        reply = Reply.to(query)
        reply.answer = [address_of(query, "10.0.0.1").with_ttl(int(2000 - query.received))]
        reply.good_until = query.received + 10
        return reply


class ByCounting(Plugin):
    """Counts its queries, but not those that it does not see."""

    name = "ByCounting"

    def __init__(self, setting):
        self.counter = setting.world.metrics.counter("queries_total", "Queries.")

    async def serve(self, query, next):
        self.counter.add()
        reply = Reply.to(query)
        reply.good_until = FOREVER
        return reply


@pytest.mark.parametrize(
    "forgetful", [lambda _: ByClient(), lambda _: ByTime(), ByCounting], ids=["client", "time", "count"]
)
def test_a_plugin_that_forgets_is_found(forgetful, monkeypatch):
    monkeypatch.setattr(load("whoami"), "setup", lambda _, setting: forgetful(setting))
    with pytest.raises(AssertionError):
        compare(". {\n whoami\n}")
