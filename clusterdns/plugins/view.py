"""view: gives a server block only some of the queries for its zones, so that several blocks can have the same zone.

Syntax:
    view NAME {
        expr EXPRESSION
    }

NAME stands in metrics and, with the metadata plugin, as `{/view/name}` in log lines. The block takes a query if each
EXPRESSION is true; blocks of the same zone and port are tried from top to bottom. What no block takes is refused.
Expressions have the functions `type()`, `name()`, `class()`, `proto()`, `size()`, `client_ip()`, `port()`, `id()`,
`opcode()`, `do()`, `bufsize()`, `server_ip()`, `server_port()`, `incidr(IP, NETWORK)`, `metadata(LABEL)` and those of
the expr language. An expression that has no value for a query is not true.

Examples:
    example.org {
        view inside {
            expr incidr(client_ip(), '10.0.0.0/8')
            expr type() in ['A', 'AAAA']
        }
        hosts {
            10.0.0.1 www.example.org
        }
    }
"""

from collections.abc import Sequence

from clusterdns.corefile import Args, Token
from clusterdns.corefile.expression import EvaluationError, Expression, read_expression
from clusterdns.corefile.expression.queries import PERSONAL, query_functions
from clusterdns.dns.query import Query
from clusterdns.plugins.base import Plugin, Setting

_FUNCTIONS = query_functions(lambda query: query)


class View(Plugin):
    """Takes queries for which all conditions are true. It is a `Viewer`."""

    name = "view"

    def __init__(self, view_name: str, conditions: Sequence[Expression]) -> None:
        self.view_name = view_name
        self.conditions = conditions
        self.is_personal = any(condition.names & PERSONAL for condition in conditions)

    def takes(self, query: Query) -> bool:
        """See `Viewer`."""
        try:
            return all(condition.evaluate(query) is True for condition in self.conditions)
        except EvaluationError:
            return False

    def metadata(self, query: Query) -> dict[str, str]:
        return {"view/name": self.view_name}


def setup(args: Args, setting: Setting) -> Plugin:
    """Reads `view`. Raises `CorefileError`, for what is no expression too."""
    name, conditions = Token("", args.place), list[Expression]()
    for _ in args.once("view NAME"):
        (name,) = args.words(1, 1)
        for _ in args.options({"expr": "expr EXPRESSION"}):
            conditions.append(read_expression(args, args.words(least=1), _FUNCTIONS))
    view = View(name, conditions)
    setting.view = view
    return view
