"""A Go template read once, to be filled in often.

Must not know queries: the names of the root's fields come in.
"""

from collections.abc import Collection

from clusterdns.plugins.template.gotemplate.errors import BadTemplate, TemplateFailed
from clusterdns.plugins.template.gotemplate.pipelines import ROOT, Pipelines
from clusterdns.plugins.template.gotemplate.steps import State, Step, assignment, choice, output, repetition, run, text
from clusterdns.plugins.template.gotemplate.values import Struct
from clusterdns.plugins.template.gotemplate.words import split, written


class Template:
    """A template that was read.

    `text` is it as Go writes it down, `fields` are those of the root that it looks at, `doubts` say why it may fail for
    every query.
    """

    def __init__(self, text: str, fields: Collection[str]) -> None:
        """Reads a template whose root has these fields. Raises `BadTemplate`."""
        parser = _Parser(text, fields)
        try:
            self.steps = parser.template()
        except RecursionError:
            raise BadTemplate("too many blocks within blocks") from None
        self.text = written(text)
        self.fields = frozenset(parser.used)
        self.doubts = tuple(parser.doubts)

    def render(self, root: Struct) -> str:
        """The text for this root. Raises `TemplateFailed`."""
        state = State(root, {ROOT: root})
        try:
            run(self.steps, state)
        except (TypeError, ValueError, OverflowError) as error:  # wrong number of arguments, mostly
            raise TemplateFailed(str(error)) from None
        return "".join(state.out)


class _Parser(Pipelines):
    def __init__(self, source: str, fields: Collection[str]) -> None:
        super().__init__(fields)
        self.parts = split(source)

    def template(self) -> list[Step]:
        steps, end = self.steps(())
        if end:
            raise BadTemplate(f"unexpected {{{{{end}}}}}")
        return steps

    def steps(self, ends: tuple[str, ...]) -> tuple[list[Step], str]:
        """Everything up to an action that ends a block, and the name of that one."""
        steps: list[Step] = []
        for part in self.parts:
            if isinstance(part, str):
                if part:
                    steps.append(text(part))
                continue
            self.action, self.at = part, 0
            name = self.word.text if self.word else ""
            if name in ("end", "else"):
                if name not in ends:
                    raise BadTemplate(f"unexpected {{{{{name}}}}}")
                self.at += 1
                if name == "end":
                    self.finish()
                return steps, name
            steps.append(self.step(name))
        if ends:
            raise BadTemplate("{{end}} is missing")
        return steps, ""

    def step(self, name: str) -> Step:
        match name:
            case "if" | "with" | "range":
                self.at += 1
                return self.block(name)
            case "":
                raise BadTemplate("missing value for command")
        slots, value = self.assignment()
        self.finish()
        return assignment(slots[0], value) if slots else output(value)

    def block(self, name: str) -> Step:
        self.scopes.append({})
        slots, value = self.assignment(most=2 if name == "range" else 1)
        self.finish()
        self.inside += name != "if"
        body, end = self.steps(("end", "else"))
        self.inside -= name != "if"
        otherwise = self.otherwise(name) if end == "else" else []
        self.scopes.pop()
        if name == "range":
            return repetition(value, slots, body, otherwise)
        return choice(value, slots, body, otherwise, rebind=name == "with")

    def otherwise(self, name: str) -> list[Step]:
        following = self.word.text if self.word else ""
        if following and following == name and name != "range":  # else if, else with
            self.at += 1
            return [self.block(name)]
        self.finish()
        steps, _ = self.steps(("end",))
        return steps
