"""Every story of the folder `kubernetes`, played. The name of the file is the name of the story."""

from pathlib import Path

import pytest
from story import tell

STORIES = sorted((Path(__file__).parent / "kubernetes").glob("*.story"))


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_story(path):
    questions = list(tell(path))
    assert questions, "a story asks something"
    for question, expected, got in questions:
        assert got == expected, question
