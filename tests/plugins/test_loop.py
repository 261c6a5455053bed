"""A server that forwards to itself finds out and ends."""

import subprocess

import pytest
from chain import Chain, make_query
from serving import CLUSTERDNS, ROOT, free_port
from upstreams import Upstream, asked, told, until

from clusterdns.corefile import CorefileError
from clusterdns.dns import names
from clusterdns.dns.reply import Dropped

BLOCK = "example.org {\n loop\n whoami\n}"


def failing(block=BLOCK):
    """A chain, and the sentences with which it ended."""
    chain, sentences = Chain(block), []
    chain.world.fail = sentences.append
    chain.setting.listen = (("dns", "127.0.0.1", 5300, chain.setting.zones[0]),)
    return chain, sentences


def test_the_query_that_comes_by_three_times_ends_the_server():
    chain, sentences = failing()
    name = names.name_text(chain.setting.plugins["loop"].question)
    assert name.endswith(".example.org.")
    for _ in range(2):
        assert chain.ask(f"{name} HINFO")[0].startswith("NOERROR")
    assert not sentences
    with pytest.raises(Dropped):
        chain.reply(make_query(f"{name} HINFO"))
    (sentence,) = sentences
    assert sentence == (
        f'plugin/loop: Loop (10.240.0.1:40212 -> 127.0.0.1:5300) detected for zone "example.org.", '
        f'see https://coredns.io/plugins/loop#troubleshooting. Query: "HINFO {name}"'
    )


def test_other_queries_pass():
    chain, sentences = failing()
    name = names.name_text(chain.setting.plugins["loop"].question)
    for question in (f"{name} A", "1.2.example.org. HINFO", f"1.{name} HINFO"):
        for _ in range(5):
            assert chain.ask(question)[0].startswith("NOERROR")
    assert not sentences


def test_names_are_random():
    questions = {failing()[0].setting.plugins["loop"].question for _ in range(2)}
    assert len(next(iter(questions))) > 30


def test_the_server_asks_itself_at_the_start_and_listens_for_a_while():
    async def story():
        async with Upstream() as itself:
            chain, _ = failing()
            chain.setting.listen = (("dns", "127.0.0.1", itself.port, chain.setting.zones[0]),)
            async with chain:
                await until(lambda: itself.asked)
                name = names.name_text(chain.setting.plugins["loop"].question)
                assert itself.asked[0].query.question[0].to_text() == f"{name} IN HINFO"
                assert chain.setting.plugins["loop"].watching
                await asked(chain, f"{name} HINFO")
                assert chain.setting.plugins["loop"].seen == 1

    told(story())


def test_arguments_and_a_second_loop_are_refused():
    for text in ("loop fast", "loop\nloop"):
        with pytest.raises(CorefileError):
            Chain(f". {{\n{text}\n}}")


def test_forwarding_to_oneself_ends_with_the_reason(tmp_path):
    port = free_port()
    corefile = tmp_path / "Corefile"
    corefile.write_text(
        f".:{port} {{\n bind 127.0.0.1\n loop\n forward . 127.0.0.1:{port} {{\n read_timeout 100ms\n }}\n}}\n"
    )
    command = [*CLUSTERDNS, "serve", "--bare", "--conf", str(corefile)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 1
    assert "[FATAL] plugin/loop: Loop (127.0.0.1:" in ended.stdout
    assert f'-> 127.0.0.1:{port}) detected for zone "."' in ended.stdout
