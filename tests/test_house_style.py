"""The shape of the code that nobody should have to mention in a review."""

import ast
import os
import re
import textwrap
from pathlib import Path

import pytest

import clusterdns
from clusterdns.corefile import parse
from clusterdns.plugins import BUILT, ORDER, load

PACKAGE = Path(clusterdns.__file__).parent
LAYERS = (
    {"dns", "metrics", "logs", "traffic", "interfaces", "credentials", "handover", "departure"},
    {"corefile", "cluster"},
    {"sources", "records", "stub"},
    {"advice"},
    {"plugins"},
    {"server"},
    {"explain"},
    {"cli", "web", "testing", "sandbox", "doctor"},
)
LAYER = {part: layer for layer, parts in enumerate(LAYERS) for part in parts}
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE or path.stem in LAYER)


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports_of(path: Path) -> set[str]:
    """The parts of the package that a module imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found |= (
                {f"{node.module}.{alias.name}" for alias in node.names}
                if node.module == "clusterdns"
                else {node.module}
            )
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return {name.split(".")[1] for name in found if name.startswith("clusterdns.")} - {"__version__"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down_only(path):
    here = part_of(path)
    assert here in LAYER, f"{here} stands in no layer: give it one in LAYERS, or put it into a part that has one"
    for other in imports_of(path) - {here}:
        assert LAYER[other] < LAYER[here] or {here, other} <= LAYERS[0] or here == "cli", (
            f"{path.name} ({here}) imports {other}, which is not below it: what it needs belongs into a layer that "
            f"both may see, or comes in as a parameter"
        )


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_are_absolute(path):
    relative = [
        node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert not relative, f"line {relative[0].lineno}: write `from clusterdns.…`"


def test_no_plugin_imports_another():
    for path in (PACKAGE / "plugins").rglob("*.py"):
        own = path.relative_to(PACKAGE / "plugins").parts[0].removesuffix(".py")
        for module in re.findall(r"from clusterdns\.plugins\.(\w+)", path.read_text()):
            assert module in ("base", own), f"plugin {own} imports {module}: share it in a lower layer"


@pytest.mark.parametrize("name", sorted(BUILT))
def test_every_plugin_has_its_parts(name):
    module = load(name)
    assert module.__doc__.startswith(name), "the docstring begins with the plugin's name"
    assert "Syntax:" in module.__doc__
    assert "Examples:" in module.__doc__
    assert callable(module.setup)


def examples_of(name: str) -> list[str]:
    """The Corefiles in a plugin's docstring."""
    text = load(name).__doc__.partition("Examples:")[2]
    blocks = re.findall(r"(?:^    .*\n|^\n)+", text + "\n", flags=re.MULTILINE)
    return [textwrap.dedent(block).strip() + "\n" for block in blocks if "{" in block]


@pytest.mark.parametrize("name", sorted(BUILT))
def test_every_example_of_a_plugin_is_a_corefile(name):
    examples = examples_of(name)
    assert examples, "there is an example"
    for text in examples:
        assert not parse(text, "example", env=os.environ, known=ORDER).problems


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_is_held_in_mind_and_says_what_it_is(path):
    text = path.read_text()
    assert ast.get_docstring(ast.parse(text)), "a module begins with what it knows and what it must not know"
    assert len(text.splitlines()) <= 300, "split it by idea"
