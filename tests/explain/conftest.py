"""What tests of explanations share."""

from collections.abc import Callable
from pathlib import Path

import pytest

pytest.register_assert_rewrite("explaining")

import explaining  # noqa: E402


@pytest.fixture(autouse=True)
def _no_node(no_node: None) -> None:
    """Names are searched as the cluster has it."""


@pytest.fixture
def explain(tmp_path: Path) -> Callable[..., explaining.Explained]:
    """`explain("web.shop --resolver musl", manifests, corefile)`: what the command says, as values."""
    return lambda words, *cluster: explaining.explain(tmp_path, words, *cluster)
