"""Our walks are those of the real resolvers: the same names asked in the same order, the same end."""

import json
from pathlib import Path

import letters
import namespace
import pytest
from real_resolvers import lookup_command
from walking import walked

from clusterdns.stub import RESOLVERS, ResolvConf

CASES = [f"web-{each}" for each in (
    "fff", "nff", "nnf", "nnn", "dff", "dnn", "ddd", "sff", "snn", "sss", "nsn", "rff", "rnn", "rrr", "nrf", "nnr",
    "nns", "nnd", "cff", "4ff", "6ff", "xff", "yff", "zff", "vff", "vnn", "wff", "wnn", "uff", "unn", "dsn", "sdn",
    "tnn", "tff", "pff", "pnn", "qff", "qnn", "ndn",
)]  # fmt: skip
DOTTED = [f"{each}.c.d" for each in CASES]


LONG = [f"big-{each}.{'.'.join(letter * 60 for letter in 'abcd')}" for each in ("fff", "nnn", "sss")]  # under no domain
SILENT = ["web-onn", "web-ofn", "web-nof", "web-noo"]
# c-ares goes by the failure that comes in last, so here nobody can say what it does.
DEPENDS = {"c-ares": set("vwutpq")}


@pytest.mark.parametrize("resolver", RESOLVERS)
@pytest.mark.parametrize(
    ("ndots", "seconds", "names"),
    [(5, 2, CASES + LONG), (1, 2, DOTTED + LONG), (5, 1, SILENT)],
    ids=["searched", "dotted", "silent"],
)
def test_a_walk_is_that_of_the_real_resolver(resolver, ndots, seconds, names, tmp_path, tmp_path_factory):
    names = [name for name in names if not DEPENDS.get(resolver, set()).intersection(name[4:7])]
    command = lookup_command(resolver, tmp_path_factory.getbasetemp())
    script = Path(__file__).with_name("ask_real_resolvers.py")
    real = json.loads(namespace.run(script, tmp_path, str(ndots), str(seconds), *command, "--", *names))
    conf = ResolvConf(("10.96.0.10",), letters.SEARCH, (f"ndots:{ndots}",))
    ours = {name: summary(resolver, conf, name) for name in names}
    theirs = {name: (said["asked"], told(said["told"], resolver)) for name, said in real.items()}
    assert {name: (ours[name], theirs[name]) for name in names if ours[name] != theirs[name]} == {}


def summary(resolver, conf, name):
    walk = walked(resolver, name, letters.heard, conf)
    return walk.names, same(walk.ended.error, resolver) or "found"


def told(line, resolver):
    kind, _, what = line.partition(" ")
    return same(what.rpartition(": ")[2], resolver) if kind == "error" else "found"


def same(error, resolver):
    """Before 1.2.4 musl said EAI_NONAME of NODATA, too."""
    return error.replace("EAI_NODATA", "EAI_NONAME") if resolver == "musl" else error
