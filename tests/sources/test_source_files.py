"""Which files changed, told by the files themselves; and what they say, in whatever encoding."""

import io
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from clusterdns.sources import files as files_module
from clusterdns.sources.files import GRACE, Files, Reading

START = 1_700_000_000.0


@pytest.fixture
def clock():
    """A clock that stands still until it is told to go on."""
    return SimpleNamespace(now=START)


@pytest.fixture
def write(tmp_path, clock):
    """Write a file as of now."""

    def write(name: str, content: str | bytes) -> None:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        os.utime(path, (clock.now, clock.now))

    return write


def texts(reading: Reading) -> dict[str, str]:
    return {Path(text.label).name: text.text for text in reading.texts}


def test_at_first_everything_is_new_and_then_only_what_changed(tmp_path, clock, write):
    write("a.yaml", "one")
    write("b.yaml", "two")
    clock.now += 1
    source = Files([str(tmp_path)])

    assert texts(source.look(clock.now)) == {"a.yaml": "one", "b.yaml": "two"}
    assert texts(source.look(clock.now)) == {}
    clock.now += 1
    write("b.yaml", "TWO")
    write("c.yaml", "three")
    assert texts(source.look(clock.now)) == {"b.yaml": "TWO", "c.yaml": "three"}


def test_a_second_change_with_the_same_time_stamp_is_seen(tmp_path, clock, write):
    write("a.yaml", "one")
    source = Files([str(tmp_path)])

    assert source.look(clock.now).again
    write("a.yaml", "two")
    clock.now += 2 * GRACE
    assert texts(source.look(clock.now)) == {"a.yaml": "two"}
    assert not source.look(clock.now).again


def test_a_file_that_was_only_touched_says_nothing_new(tmp_path, clock, write):
    write("a.yaml", "one")
    source = Files([str(tmp_path)])
    source.look(clock.now)
    clock.now += 1
    write("a.yaml", "one")

    assert texts(source.look(clock.now)) == {}


def test_a_file_is_gone_when_it_stays_away(tmp_path, clock, write):
    write("a.yaml", "one")
    source = Files([f"{tmp_path}/a.yaml"])
    source.look(clock.now)
    (tmp_path / "a.yaml").unlink()

    first = source.look(clock.now)
    assert (first.gone, first.again, first.problems) == ([], True, [])
    second = source.look(clock.now + 2 * GRACE)
    assert second.gone == [f"{tmp_path}/a.yaml"]
    assert [problem.message for problem in source.look(clock.now + 1).problems] == ["there is no such file or folder"]
    assert source.look(clock.now + 2).problems == []


def test_a_file_that_is_replaced_in_two_steps_is_never_gone(tmp_path, clock, write):
    write("a.yaml", "one")
    source = Files([str(tmp_path)])
    source.look(clock.now)
    (tmp_path / "a.yaml").rename(tmp_path / "a.yaml~")
    assert source.look(clock.now).gone == []
    write("a.yaml", "two")

    reading = source.look(clock.now + GRACE / 2)

    assert (texts(reading), reading.gone) == ({"a.yaml": "two"}, [])


def test_a_file_that_is_emptied_to_be_written_is_not_empty(tmp_path, clock, write):
    write("a.yaml", "one")
    source = Files([str(tmp_path)])
    source.look(clock.now)
    clock.now += 1
    write("a.yaml", "")
    assert texts(source.look(clock.now)) == {}
    write("a.yaml", "two")
    assert texts(source.look(clock.now + GRACE / 2)) == {"a.yaml": "two"}


def test_a_file_that_stays_empty_is_empty(tmp_path, clock, write):
    write("a.yaml", "one")
    source = Files([str(tmp_path)])
    source.look(clock.now)
    clock.now += 1
    write("a.yaml", "")

    assert texts(source.look(clock.now)) == {}
    assert texts(source.look(clock.now + 2 * GRACE)) == {"a.yaml": ""}
    assert texts(source.look(clock.now + 1)) == {}


def test_a_config_map_that_is_mounted_is_swapped_by_a_link(tmp_path, clock):
    for version in ("..1", "..2"):
        (tmp_path / version).mkdir()
        (tmp_path / version / "a.yaml").write_text(version)
        os.utime(tmp_path / version / "a.yaml", (START - 9, START - 9))
    (tmp_path / "..data").symlink_to("..1")
    (tmp_path / "a.yaml").symlink_to("..data/a.yaml")
    source = Files([str(tmp_path)])
    assert texts(source.look(clock.now)) == {"a.yaml": "..1"}

    (tmp_path / "..tmp").symlink_to("..2")
    (tmp_path / "..tmp").rename(tmp_path / "..data")

    assert texts(source.look(clock.now)) == {"a.yaml": "..2"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_text_in_unicode_with_or_without_a_mark(tmp_path, clock, write, encoding):
    write("a.yaml", "name: ä".encode(encoding))

    assert texts(Files([str(tmp_path)]).look(clock.now)) == {"a.yaml": "name: ä"}


def test_bytes_that_are_no_text_are_a_problem_with_a_line(tmp_path, clock, write):
    write("a.yaml", b"a: 1\nb: \xff\n")

    assert [str(problem) for problem in Files([str(tmp_path)]).look(clock.now).problems] == [
        f"{tmp_path}/a.yaml:2: is not text in UTF-8"
    ]


def test_a_file_that_cannot_be_read_is_a_problem_once(tmp_path, clock, write, monkeypatch):
    write("a.yaml", "one")

    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(files_module.Path, "read_bytes", refuse)
    source = Files([str(tmp_path)])

    assert [problem.message for problem in source.look(clock.now).problems] == ["cannot be read: Permission denied"]
    assert source.look(clock.now).problems == []


def test_standard_input_is_read_once(monkeypatch, clock):
    monkeypatch.setattr(files_module.sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"one")))
    source = Files(["-"])

    assert [text[:2] for text in source.look(clock.now).texts] == [("stdin", "one")]
    assert source.look(clock.now + 1) == Reading([], [], [], [], again=False)


def test_a_pipe_is_read_once(tmp_path, clock):
    reader, writer = os.pipe()
    os.write(writer, b"one")
    os.close(writer)
    source = Files([f"/dev/fd/{reader}"])

    assert [text.text for text in source.look(clock.now).texts] == ["one"]
    assert source.look(clock.now + 1).texts == []
    os.close(reader)
