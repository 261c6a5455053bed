"""Replies from the cache: fresh, negative, stale; and the way of a question, plugin by plugin."""

from pathlib import Path

from asking_sites import AskedSites
from explaining import pod, service

from clusterdns.dns import codes
from clusterdns.explain.report import tier_of
from clusterdns.explain.trace import Passage

WEB = service("{clusterIP: 10.96.0.80, selector: {app: web}, ports: [{name: http, port: 80}]}") + pod("a")
NAME = "web.default.svc.cluster.local."
COREFILE = """\
. {
    kubernetes cluster.local {
        ttl 30
    }
    cache 30
}
"""


def passage_of(asked: object) -> Passage:
    passage = getattr(asked, "passage", None)
    assert isinstance(passage, Passage)
    return passage


def test_an_answer_from_the_cache_is_as_old_as_it_is(tmp_path: Path) -> None:
    server = AskedSites(tmp_path, COREFILE, WEB)

    async def twice() -> object:
        await server.ask(NAME)
        server.now += 12
        return await server.ask(NAME)

    asked = server.run(twice)
    (first, *_) = server.reasons(asked)
    assert first.sentence == "this answer comes from the cache at Corefile:5, 12 seconds old; it is asked anew in 18"
    assert tier_of(asked) == "cache"
    assert [visit.plugin.name for visit in passage_of(asked).visits] == ["cache"]


def test_a_negative_answer_comes_from_the_cache_though_the_name_is_there_now(tmp_path: Path) -> None:
    server = AskedSites(tmp_path, COREFILE)

    async def before_and_after() -> object:
        denied = await server.ask(NAME)
        assert denied.reply is not None
        assert denied.reply.rcode == codes.NXDOMAIN
        server.now += 3
        return await server.ask(NAME)

    asked = server.run(before_and_after)
    told = [str(reason) for reason in server.reasons(asked)]
    assert any(
        "this negative answer comes from the cache at Corefile:5, 3 seconds old; it is asked anew in 27" in each
        for each in told
    )
    assert any("a change is seen once that time is over" in each for each in told)


def test_a_stale_answer_is_said_to_be_stale(tmp_path: Path) -> None:
    server = AskedSites(tmp_path, COREFILE.replace("cache 30", "cache 30 {\n serve_stale\n }"), WEB)

    async def much_later() -> object:
        await server.ask(NAME)
        server.now += 100
        return await server.ask(NAME)

    asked = server.run(much_later)
    (first, *_) = server.reasons(asked)
    assert (
        first.sentence
        == "this answer comes from the cache at Corefile:5 and is stale: it expired 70 seconds ago (serve_stale)"
    )


def test_an_answer_that_stale_ones_are_verified_by_is_fresh(tmp_path: Path) -> None:
    server = AskedSites(tmp_path, COREFILE.replace("cache 30", "cache 30 {\n serve_stale 1h verify\n }"), WEB)

    async def much_later() -> object:
        await server.ask(NAME)
        server.now += 100
        return await server.ask(NAME)

    asked = server.run(much_later)
    assert "from-cache" not in {reason.code for reason in server.reasons(asked)}
    assert passage_of(asked).visits[-1].plugin.name == "kubernetes"


def test_the_same_question_again_is_answered_by_the_packet_cache(tmp_path: Path) -> None:
    server = AskedSites(tmp_path, ". {\n kubernetes cluster.local\n}\n", WEB)

    async def twice() -> tuple[object, object]:
        return await server.ask(NAME), await server.ask(NAME)

    first, second = server.run(twice)
    assert (tier_of(first), tier_of(second)) == ("table", "packet cache")
    assert passage_of(second).visits[-1].plugin.name == "kubernetes", "who made it is told all the same"


def test_what_a_server_asks_itself_is_part_of_the_way(tmp_path: Path) -> None:
    alias = service("{type: ExternalName, externalName: www.example.com}", "docs")
    corefile = """\
        cluster.local {
            kubernetes
        }
        . {
            hosts {
                192.0.2.1 www.example.com
            }
        }
        """
    server = AskedSites(tmp_path, corefile, alias)

    asked = server.run(lambda: server.ask("docs.default.svc.cluster.local."))
    passage = passage_of(asked)
    (inner,) = passage.inner
    assert [visit.plugin.name for visit in passage.visits] == ["kubernetes"]
    assert [visit.plugin.name for visit in inner.visits] == ["hosts"]
    assert inner.block.place.line == 4
    assert (passage.upstream, inner.upstream) == ("", "")
    (first, *_) = server.reasons(asked, "docs")
    assert first.sentence == "Service default/docs is an alias of www.example.com"


def test_who_does_not_watch_has_chains_without_watchers(tmp_path: Path) -> None:
    from clusterdns.server.site import Defaults, make_sites

    server = AskedSites(tmp_path, COREFILE, WEB)

    sites, _ = make_sites(server.corefile, server.keeper.world, Defaults())

    assert sites[0].chain is not None
    assert sites[0].chain.__module__ == "clusterdns.server.chain"
