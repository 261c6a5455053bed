"""What tests of explanations share."""

from collections.abc import Callable
from pathlib import Path

import pytest

pytest.register_assert_rewrite("explaining")

import explaining  # noqa: E402


@pytest.fixture
def explain(tmp_path: Path) -> Callable[..., explaining.Explained]:
    """`explain("web.shop --resolver musl", manifests, corefile)`: what the command says, as values."""
    return lambda words, *cluster: explaining.explain(tmp_path, words, *cluster)
