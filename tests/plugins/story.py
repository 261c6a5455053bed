"""Stories: what a cluster is, what is asked, and what is answered, as text.

    # a Service answers with its address                 the title
    Corefile                                             what follows, indented, is one server block
        cluster.local {
            kubernetes
        }
    addresses 192.0.2.53                                 of the server itself
    apply                                                objects as YAML; again, to change them
        {kind: Namespace, metadata: {name: default}}
    delete Service web                                   KIND NAME [NAMESPACE]
    > web.default.svc.cluster.local. A                   a question, with its reply as `chain` writes it;
    NOERROR aa                                           a line that ends in … is compared up to there
    web.default.svc.cluster.local. 5 A 10.96.0.1

Empty lines mean nothing. The serial of a SOA record counts the changes of the story.
"""

import textwrap
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

from chain import Chain
from small_cluster import SmallCluster

COMMANDS = frozenset({"Corefile", "addresses", "apply", "delete", ">"})


def steps_of(path: Path) -> Iterator[tuple[str, list[str]]]:
    """The steps of a story: each a first line, and the lines that belong to it."""
    first, lines = "", list[str]()
    for line in path.read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        if line.split()[0] in COMMANDS and not line[0].isspace():
            if first:
                yield first, lines
            first, lines = line, []
        else:
            lines.append(line)
    yield first, lines


def tell(path: Path) -> Iterator[tuple[str, list[str], list[str]]]:
    """Plays a story: each question, the lines expected, the lines got."""
    cluster, corefile, addresses = SmallCluster(), "cluster.local {\n kubernetes\n}", list[str]()
    chain: Chain | None = None
    for first, lines in steps_of(path):
        text = textwrap.dedent("\n".join(lines))
        match first.split():
            case ["Corefile"]:
                corefile = text
            case ["addresses", *addresses]:
                pass
            case ["apply"]:
                cluster.apply(text)
            case ["delete", *thing]:
                cluster.delete(*thing)
            case [">", *question]:
                chain = chain or Chain(corefile, tables=cluster.tables, addresses=addresses)
                got = chain.ask(" ".join(question))
                yield first, lines, [cut(line, wanted) for line, wanted in zip_longest(got, lines, fillvalue="")]


def cut(line: str, wanted: str) -> str:
    """The line as far as the wanted one goes."""
    return wanted if wanted.endswith("…") and line.startswith(wanted[:-1]) else line
