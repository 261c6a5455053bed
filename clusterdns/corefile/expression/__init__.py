"""Expressions in options of plugins, such as `incidr(client_ip(), '10.0.0.0/8')`: text in, something to evaluate out.

A subset of the expr language that CoreDNS uses: literals, lists, maps, arithmetic, comparison, boolean operators, `in`,
`matches`, `contains`, `startsWith`, `endsWith`, `? :`, `??`, `let`, `if`, and functions. Kinds of values are checked
when the text is read, so that most mistakes are found before a query comes. Must not know queries: functions are passed
in, such as those in `queries`.

    scope = {"name": Function((), STRING, lambda query: query.name), "limit": INT}
    expression = parse_expression("len(name()) > limit", scope)
    expression.kind                                    # "bool"
    expression.evaluate(query, {"limit": 5})           # True, or raises EvaluationError
"""

from clusterdns.corefile.expression.functions import RESERVED, Function
from clusterdns.corefile.expression.parser import Expression, is_variable_name, parse_expression
from clusterdns.corefile.expression.reading import read_expression
from clusterdns.corefile.expression.values import ANY, BOOL, FLOAT, INT, STRING, EvaluationError, text_of

__all__ = [
    "ANY",
    "BOOL",
    "FLOAT",
    "INT",
    "RESERVED",
    "STRING",
    "EvaluationError",
    "Expression",
    "Function",
    "is_variable_name",
    "parse_expression",
    "read_expression",
    "text_of",
]
