import socket

import pytest
from chain import Chain, make_query

from clusterdns.corefile import CorefileError
from clusterdns.dns import codes
from clusterdns.dns.edns import COOKIE, EDE, NSID, Opt
from clusterdns.dns.encode import reply_opt

ANSWER = 'template IN A {\n answer "{{ .Name }} 60 IN A 192.0.2.1"\n OTHER\n }'


def options_of(line="nsid over here", asked=((NSID, b""),), other=""):
    """The options that a client gets who sent these, None for no EDNS."""
    chain = Chain(f". {{\n {line}\n {ANSWER.replace('OTHER', other)}\n}}")
    query = make_query("web.example. A", opt=None if asked is None else Opt(1232, options=asked))
    opt = reply_opt(query, chain.reply(query))
    return None if opt is None else (opt.size, opt.flags, opt.options)


def test_who_asks_is_told_which_server_has_answered():
    assert options_of() == (1232, codes.DO, ((NSID, b"over here"),))


def test_the_name_of_the_machine_is_told_by_default():
    assert options_of("nsid")[2] == ((NSID, socket.gethostname().encode()),)


@pytest.mark.parametrize("asked", [None, (), ((COOKIE, b"12345678"),)])
def test_who_does_not_ask_is_not_told(asked):
    assert options_of(asked=asked) == (None if asked is None else (1232, 0, asked))


def test_a_cookie_is_not_given_back_beside_it():
    assert options_of(asked=((COOKIE, b"12345678"), (NSID, b"x")))[2] == ((NSID, b"over here"),)


def test_it_stands_behind_what_a_plugin_below_has_to_say():
    assert options_of(other="ederror 21")[2] == ((EDE, b"\x00\x15"), (NSID, b"over here"))


def test_it_replaces_that_of_a_server_behind():
    chain = Chain(". {\n nsid here\n whoami\n}")
    plugin = chain.setting.plugins["nsid"]
    query = make_query("web.example. A", opt=Opt(1232, options=((NSID, b""),)))

    async def upstream(query):
        reply = await chain.setting.plugins["whoami"].serve(query, None)
        reply.opt = Opt(512, 0, ((NSID, b"there"), (EDE, b"\0\0")))
        return reply

    coroutine = plugin.serve(query, upstream)
    with pytest.raises(StopIteration) as stop:
        coroutine.send(None)
    assert stop.value.value.opt.options == ((NSID, b"here"), (EDE, b"\0\0"))


def test_a_second_one_is_refused():
    with pytest.raises(CorefileError, match="nsid: can be used only once in a server block"):
        Chain(". {\n nsid\n nsid\n}")
