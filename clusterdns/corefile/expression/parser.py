"""Words of an expression to something that can be evaluated, by precedence climbing.

Precedences and forms are those of the expr language (its parser). Must not know what a function or operator does.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from clusterdns.corefile.errors import suggest
from clusterdns.corefile.expression import nodes
from clusterdns.corefile.expression.functions import FUNCTIONS, PREDICATES, RESERVED, Function
from clusterdns.corefile.expression.nodes import Context, Node
from clusterdns.corefile.expression.tokens import KEYWORDS, Word, words
from clusterdns.corefile.expression.values import EvaluationError, Kind

_BINARY: Final = {
    "|": 0, "or": 10, "||": 10, "and": 15, "&&": 15, "==": 20, "!=": 20, "<": 20, ">": 20, ">=": 20, "<=": 20,
    "in": 20, "matches": 20, "contains": 20, "startsWith": 20, "endsWith": 20, "..": 25, "+": 30, "-": 30, "*": 60,
    "/": 60, "%": 60, "**": 100, "^": 100, "??": 500,
}  # fmt: skip
_FROM_THE_RIGHT: Final = ("**", "^")
_UNARY: Final = {"not": 50, "!": 50, "-": 90, "+": 90}
_NEGATABLE: Final = ("in", "matches", "contains", "startsWith", "endsWith")
_ORDER: Final = ("<", ">", "<=", ">=")
_DEEPEST: Final = 50  # parts within parts

Scope = Mapping[str, Function | Kind]


class Expression:
    """An expression that was read. `kind` is that of its value, `names` are the functions and variables in it."""

    def __init__(self, node: Node, names: frozenset[str]) -> None:
        self.kind = node.kind
        self.names = names
        self._value = node.value

    def evaluate(self, subject: Any, variables: Mapping[str, Any] | None = None) -> Any:
        """The value for a subject, which functions get, and for variables. Raises `EvaluationError`."""
        try:
            return self._value(Context(subject, variables or {}))
        except (ValueError, TypeError, IndexError, ArithmeticError) as error:
            raise EvaluationError(str(error)) from None


def parse_expression(text: str, scope: Scope) -> Expression:
    """Reads an expression; `scope` has the functions and the kinds of variables that it may name.

    Raises `ValueError` for what is no expression, for unknown names and for kinds that don't fit.
    """
    parser = _Parser(text, scope)
    return Expression(parser.expression(), frozenset(parser.names))


def is_variable_name(text: str) -> bool:
    """Can a variable have this name?"""
    return re.fullmatch("[a-zA-Z_][a-zA-Z0-9_]*", text) is not None and text not in KEYWORDS | RESERVED


class _Parser:
    def __init__(self, text: str, scope: Scope) -> None:
        self.scope = scope
        self.words = list(words(text))
        self.at = 0
        self.depth = 0
        self.names: set[str] = set()
        self.elements: list[Kind] = []  # what `#` stands for, innermost last

    def expression(self) -> Node:
        node = self.sequence()
        if self.word.kind != "end":
            raise self.unexpected()
        return node

    def sequence(self) -> Node:
        """What may stand alone or in braces: `let` before an expression, or the choice of one."""
        self.descend()
        if self.take("let"):
            node = self.declaration()
        elif self.take("if"):
            node = self.choice()
        else:
            node = self.binary(0)
        self.depth -= 1
        return node

    def declaration(self) -> Node:
        name = self.name()
        if name in self.scope or name in RESERVED:
            raise ValueError(f"'{name}' can't be the name of a variable, or is taken")
        self.expect("=")
        value = self.binary(0)
        self.expect(";")
        outer, self.scope = self.scope, {**self.scope, name: value.kind}
        body = self.sequence()
        self.scope = outer
        return nodes.declaration(name, value, body)

    def choice(self) -> Node:
        condition = self.binary(0)
        chosen = self.braced()
        self.expect("else")
        return nodes.conditional(condition, chosen, self.choice() if self.take("if") else self.braced())

    def braced(self) -> Node:
        self.expect("{")
        node = self.sequence()
        self.expect("}")
        return node

    # Words.

    @property
    def word(self) -> Word:
        return self.words[self.at]

    def sees(self, *texts: str) -> bool:
        return self.word.kind == "operator" and self.word.text in texts

    def take(self, text: str) -> bool:
        if not self.sees(text):
            return False
        self.at += 1
        return True

    def expect(self, text: str) -> None:
        if not self.take(text):
            raise ValueError(f"'{text}' is expected, not {self.word}")

    def name(self) -> str:
        word = self.word
        if word.kind != "name":
            raise ValueError(f"a name is expected, not {word}")
        self.at += 1
        return word.text

    def unexpected(self) -> ValueError:
        return ValueError(f"unexpected {self.word}")

    # Operators.

    def descend(self) -> None:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise ValueError("the expression is nested too deeply")

    def binary(self, precedence: int) -> Node:
        self.descend()
        node = self.unary()
        while (operator := self.operator(precedence)) is not None:
            node = self.operation(operator, node)
        if precedence == 0 and self.take("?"):
            left = self.binary(0)
            self.expect(":")
            node = nodes.conditional(node, left, self.binary(0))
        self.depth -= 1
        return node

    def operator(self, precedence: int) -> str | None:
        """Takes the operator that comes next, if it binds at least so strongly; `not in` is one."""
        if self.word.kind != "operator":
            return None
        text, following = self.word.text, self.words[self.at + 1].text
        negated = text == "not"
        if negated and following not in _NEGATABLE:
            raise self.unexpected()
        if _BINARY.get(following if negated else text, -1) < precedence:
            return None
        self.at += 2 if negated else 1
        return f"not {following}" if negated else text

    def operation(self, operator: str, left: Node) -> Node:
        if operator == "|":
            return self.call(self.name(), [left])
        if operator.startswith("not "):
            return nodes.negation(self.operation(operator.removeprefix("not "), left))
        right = self.binary(_BINARY[operator] + (operator not in _FROM_THE_RIGHT))
        node = nodes.operation(operator, left, right)
        while operator in _ORDER and self.sees(*_ORDER):  # 1 < a < 5 is 1 < a and a < 5
            operator = self.word.text
            self.at += 1
            left, right = right, self.binary(_BINARY[operator] + 1)
            node = nodes.operation("and", node, nodes.operation(operator, left, right))
        return node

    def unary(self) -> Node:
        operator = self.word.text
        if self.word.kind != "operator" or operator not in _UNARY:
            return self.postfix(self.primary())
        self.at += 1
        node = self.binary(_UNARY[operator])
        return self.postfix(nodes.negation(node) if operator in ("not", "!") else nodes.signed(operator, node))

    # Values.

    def primary(self) -> Node:
        word = self.word
        self.at += 1
        match word.kind, word.text:
            case (("number" | "string"), _):
                return nodes.constant(word.value)
            case "name", ("true" | "false"):
                return nodes.constant(word.text == "true")
            case "name", "nil":
                return nodes.constant(None)
            case "name", _:
                return self.call(word.text, []) if self.sees("(") else self.variable(word.text)
            case "operator", "(":
                node = self.sequence()
                self.expect(")")
                return node
            case "operator", "[":
                return nodes.collection(self.arguments("]"))
            case "operator", "{":
                return nodes.table(self.pairs())
            case "operator", "#" if self.elements:
                return Node(self.elements[-1], lambda context: context.element)
        self.at -= 1
        raise self.unexpected()

    def arguments(self, end: str) -> list[Node]:
        found: list[Node] = []
        while not self.take(end):
            if found:
                self.expect(",")
                if self.take(end):
                    break
            found.append(self.binary(0))
        return found

    def pairs(self) -> list[tuple[Node, Node]]:
        """Keys and values of a map that is written out; a bare name is a key too."""
        found: list[tuple[Node, Node]] = []
        while not self.take("}"):
            if found:
                self.expect(",")
                if self.take("}"):
                    break
            word = self.word
            self.at += 1
            if word.kind not in ("string", "number", "name"):
                self.at -= 1
                raise self.unexpected()
            key = nodes.constant(word.text if word.kind == "name" else str(word.value))
            self.expect(":")
            found.append((key, self.binary(0)))
        return found

    def postfix(self, node: Node) -> Node:
        while self.take("["):
            first = None if self.sees(":") else self.binary(0)
            if self.take(":"):
                node = nodes.part(node, first, None if self.sees("]") else self.binary(0))
            elif first is not None:
                node = nodes.element(node, first)
            self.expect("]")
        return node

    # Names.

    def variable(self, name: str) -> Node:
        kind = self.scope.get(name)
        if not isinstance(kind, str):
            raise self.unknown(name)
        self.names.add(name)
        return Node(kind, lambda context: context.variables[name])

    def call(self, name: str, given: list[Node]) -> Node:
        function = self.scope.get(name) or FUNCTIONS.get(name)
        if function is None and name in PREDICATES:
            return self.predicate(name, given)
        if not isinstance(function, Function):
            raise self.unknown(name)
        self.names.add(name)
        self.expect("(")
        return nodes.call(name, function, given + self.arguments(")"))

    def predicate(self, name: str, given: list[Node]) -> Node:
        self.expect("(")
        values = given[0] if given else self.binary(0)
        if name == "count" and self.take(")"):
            self.elements.append(nodes.element_kind(name, values))
            return nodes.predicate(name, values, Node(self.elements.pop(), lambda context: context.element))
        if not given:
            self.expect(",")
        self.elements.append(nodes.element_kind(name, values))
        test = self.braced() if self.sees("{") else self.binary(0)
        self.elements.pop()
        self.expect(")")
        return nodes.predicate(name, values, test)

    def unknown(self, name: str) -> ValueError:
        if name in RESERVED - FUNCTIONS.keys() - PREDICATES.keys():
            return ValueError(f"'{name}' of the expr language is not part of clusterdns")
        return ValueError(f"unknown name '{name}': {suggest(name, sorted({*self.scope, *FUNCTIONS, *PREDICATES}))}")
