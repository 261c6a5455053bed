"""Every story of `kubernetes` and `k8s_external`, played. The name of the file is the name of the story."""

from pathlib import Path

import pytest
from story import tell

STORIES = sorted(
    path for folder in ("kubernetes", "k8s_external") for path in (Path(__file__).parent / folder).glob("*.story")
)


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_story(path):
    questions = list(tell(path))
    assert questions, "a story asks something"
    for question, expected, got in questions:
        assert got == expected, question
