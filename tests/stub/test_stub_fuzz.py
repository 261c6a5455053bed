"""Whatever the name, the file and the replies: a walk ends, with a name or an error, after asking each name once."""

from hypothesis import given
from hypothesis import strategies as st
from walking import walked

from clusterdns.dns import codes
from clusterdns.dns.names import encode_name
from clusterdns.stub import RESOLVERS, Heard, encode_resolv_conf, parse_resolv_conf

WORDS = st.sampled_from(
    ["search", "nameserver", "options", "domain", "ndots:2", "no-aaaa", "a.example", ".", "#", "x" * 70]
)
FILES = st.lists(st.lists(WORDS, max_size=5).map(" ".join), max_size=5).map("\n".join) | st.text()
NAMES = st.from_regex(r"[a-z.]{0,12}", fullmatch=True) | st.text(max_size=300)
REPLIES = st.builds(Heard, st.none() | st.integers(0, 10), st.booleans(), st.booleans())
TYPES = st.sampled_from([(codes.A, codes.AAAA), (codes.A,), (codes.AAAA,), (codes.SRV,)])


@given(st.sampled_from(RESOLVERS), FILES, NAMES, st.lists(REPLIES, min_size=1), TYPES)
def test_every_walk_ends(resolver, file, name, replies, types):
    conf = parse_resolv_conf(file)
    sequence = iter(replies * 200)
    walk = walked(resolver, name, lambda *_: next(sequence), conf, types)
    assert len(walk.names) <= len(conf.search) + 1
    assert bool(walk.ended.name) != bool(walk.ended.error)
    assert walk.ended.why
    for asked in walk.asked:
        assert asked.name.endswith(".")
        assert encode_name(asked.name)
        assert set(asked.types) <= set(types)


@given(FILES)
def test_a_file_that_was_read_is_read_alike_again(text):
    conf = parse_resolv_conf(text)
    assert parse_resolv_conf(encode_resolv_conf(conf)) == conf
