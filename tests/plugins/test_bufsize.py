import pytest
from chain import Chain, make_query

from clusterdns.corefile import CorefileError
from clusterdns.dns.edns import Opt
from clusterdns.dns.encode import encode_reply


def sizes(line, asked):
    """The size that the other plugins see, and that the reply tells."""
    chain = Chain(f'. {{\n {line}\n template ANY ANY {{\n answer "{{{{ .Name }}}} 1 IN TXT ok"\n }}\n}}')
    query = make_query("web.example. A", opt=Opt(asked, options=((10, b"12345678"),)))
    reply = encode_reply(query, chain.reply(query))
    return query.size, int.from_bytes(reply[-20:-18], "big")


def test_larger_sizes_are_lowered_and_smaller_ones_left():
    assert [sizes("bufsize 1000", asked) for asked in (4096, 1001, 1000, 999)] == [
        (1000, 1000), (1000, 1000), (1000, 1000), (999, 999),
    ]  # fmt: skip


def test_1232_octets_is_the_default():
    assert sizes("bufsize", 4096) == (1232, 1232)


def test_the_clients_own_opt_record_is_not_touched():
    opt = Opt(4096)
    Chain(". {\n bufsize\n whoami\n}").reply(make_query("web.example. A", opt=opt))
    assert opt.size == 4096


def test_a_query_without_edns_stays_one():
    query = make_query("web.example. A")
    Chain(". {\n bufsize\n whoami\n}").reply(query)
    assert (query.opt, query.size) == (None, 512)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("511", "SIZE '511' is less than 512"),
        ("5000", "SIZE '5000' is more than 4096"),
        ('"512 512"', "SIZE '512 512' is not a number"),
        ("512 512", "'512' is one argument too many"),
    ],
)
def test_other_sizes_are_refused(words, complaint):
    with pytest.raises(CorefileError, match=f"bufsize: {complaint}"):
        Chain(f". {{\n bufsize {words}\n}}")
