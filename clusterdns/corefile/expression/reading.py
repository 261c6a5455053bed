"""Expressions as they stand in a Corefile: the rest of a line. Must not know syntax or queries."""

from collections.abc import Sequence

from clusterdns.corefile.args import Args
from clusterdns.corefile.expression.parser import Expression, Scope, parse_expression
from clusterdns.corefile.lexer import Token


def read_expression(args: Args, words: Sequence[Token], scope: Scope) -> Expression:
    """The expression that these words are; `scope` is as for `parse_expression`. Raises `CorefileError`."""
    text = " ".join(words)
    try:
        return parse_expression(text, scope)
    except ValueError as error:
        raise args.error(f"expression '{text}': {error}", words[0]) from None
