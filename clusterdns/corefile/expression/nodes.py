"""Parts of an expression: each knows the kind of its value and how to get it.

What makes a part refuses kinds that don't fit, with ValueError, so that mistakes are found before a query comes. Must
not know syntax.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from clusterdns.corefile.expression.functions import PREDICATES, Function, predicate_result
from clusterdns.corefile.expression.values import (
    ANY,
    BOOL,
    FLOAT,
    INT,
    STRING,
    Kind,
    apply,
    comparison,
    element_of,
    fits,
    list_of,
    result_of,
)
from clusterdns.corefile.patterns import parse_pattern


class Context(NamedTuple):
    """What an evaluation looks at: what it is for, the variables, and the element that `#` stands for."""

    subject: Any
    variables: Mapping[str, Any]
    element: Any = None


class Node(NamedTuple):
    """A part of an expression; `literal` is its text if it is a string that is written out."""

    kind: Kind
    value: Callable[[Context], Any]
    literal: str | None = None


def constant(value: Any) -> Node:
    """A literal."""
    if value is None:
        return Node(ANY, lambda _: None)
    if isinstance(value, bool):
        return Node(BOOL, lambda _: value)
    if isinstance(value, str):
        return Node(STRING, lambda _: value, value)
    return Node(FLOAT if isinstance(value, float) else INT, lambda _: value)


def collection(nodes: list[Node]) -> Node:
    """A list that is written out."""
    kinds = {node.kind for node in nodes}
    kind = kinds.pop() if len(kinds) == 1 else ANY
    texts = [node.literal for node in nodes]
    if None not in texts:
        return Node(list_of(kind), lambda _: texts)
    return Node(list_of(kind), lambda context: [node.value(context) for node in nodes])


def table(pairs: list[tuple[Node, Node]]) -> Node:
    """A map that is written out."""
    return Node(ANY, lambda context: {key.value(context): value.value(context) for key, value in pairs})


def declaration(name: str, value: Node, body: Node) -> Node:
    """`let`: a value that is computed once and has a name in the body."""

    def evaluate(context: Context) -> Any:
        return body.value(context._replace(variables={**context.variables, name: value.value(context)}))

    return Node(body.kind, evaluate)


def negation(node: Node) -> Node:
    """`not` and what it negates."""
    if node.kind not in (BOOL, ANY):
        raise ValueError(f"'not' does not go with {node.kind}")
    return Node(BOOL, lambda context: not node.value(context))


def signed(sign: str, node: Node) -> Node:
    """A number with a sign before it."""
    if node.kind not in (INT, FLOAT, ANY):
        raise ValueError(f"'{sign}' does not go with {node.kind}")
    factor = -1 if sign == "-" else 1
    return Node(node.kind, lambda context: apply("*", node.value(context), factor))


def operation(operator: str, left: Node, right: Node) -> Node:
    """An operator between two parts."""
    kind = result_of(operator, left.kind, right.kind)
    if kind is None:
        raise ValueError(f"'{operator}' does not go with {left.kind} and {right.kind}")
    if operator == "matches" and right.literal is not None:
        parse_pattern(right.literal)
    match operator:
        case "and" | "&&":
            return Node(kind, lambda context: left.value(context) and right.value(context))
        case "or" | "||":
            return Node(kind, lambda context: left.value(context) or right.value(context))
        case "??":
            return Node(kind, lambda context: _first_of(left.value(context), right, context))
    compare = comparison(operator, left.kind, right.kind)
    if compare is not None:
        return Node(kind, lambda context: compare(left.value(context), right.value(context)))
    return Node(kind, lambda context: apply(operator, left.value(context), right.value(context)))


def conditional(condition: Node, left: Node, right: Node) -> Node:
    """One of two parts, as a condition has it."""
    if condition.kind not in (BOOL, ANY):
        raise ValueError(f"the condition before '?' is {condition.kind}, not bool")
    kind = left.kind if left.kind == right.kind else ANY
    return Node(kind, lambda context: (left if condition.value(context) else right).value(context))


def element(node: Node, index: Node) -> Node:
    """An element of a list, or the value of a map's key."""
    kind = element_of(node.kind)
    if kind is None or (index.kind not in (INT, ANY) and node.kind != ANY):
        raise ValueError(f"{node.kind} has no element at an index that is {index.kind}")
    return Node(kind, lambda context: fetch(node.value(context), index.value(context)))


def fetch(values: Any, index: Any) -> Any:
    """The value of a map's key, nothing if it has none, or the element of a list. Raises `IndexError`."""
    if isinstance(values, dict):
        return values.get(index)
    return values[index]


def _first_of(value: Any, other: Node, context: Context) -> Any:
    return other.value(context) if value is None else value


def part(node: Node, first: Node | None, last: Node | None) -> Node:
    """A text or list from one index to before another."""
    if node.kind != STRING and element_of(node.kind) is None:
        raise ValueError(f"{node.kind} has no part")
    if any(index is not None and index.kind not in (INT, ANY) for index in (first, last)):
        raise ValueError("an index is int")

    def value(context: Context) -> Any:
        start = first.value(context) if first else None
        stop = last.value(context) if last else None
        return node.value(context)[start:stop]

    return Node(node.kind, value)


def call(name: str, function: Function, nodes: list[Node]) -> Node:
    """A function with its arguments."""
    most = len(function.arguments)
    if len(nodes) < most - function.optional or (len(nodes) > most and not function.many):
        raise ValueError(f"{name}() takes {most or 'no'} argument{'s' * (most != 1)}, not {len(nodes)}")
    for node, wanted in zip(nodes, function.arguments, strict=False):
        if not fits(node.kind, wanted):
            raise ValueError(f"{name}() takes {wanted}, not {node.kind}")
    compute = function.call
    return Node(function.result, lambda context: compute(context.subject, *[node.value(context) for node in nodes]))


def element_kind(name: str, values: Node) -> Kind:
    """The kind that `#` has in the condition of `any`, `filter` and the like."""
    kind = element_of(values.kind)
    if kind is None:
        raise ValueError(f"{name}() takes a list, not {values.kind}")
    return kind


def predicate(name: str, values: Node, test: Node) -> Node:
    """A list and a condition for its elements."""
    if name != "map" and test.kind not in (BOOL, ANY):
        raise ValueError(f"{name}() takes a condition, not {test.kind}")
    choose = PREDICATES[name]

    def value(context: Context) -> Any:
        return choose(values.value(context), lambda each: test.value(context._replace(element=each)))

    return Node(predicate_result(name, values.kind, test.kind), value)
