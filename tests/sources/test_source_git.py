"""Manifests of a revision, read without a work tree."""

from pathlib import Path

import pytest
from repository import NEEDS_GIT, Repository

from clusterdns.sources.git import GitError, is_revision, read_revision

pytestmark = NEEDS_GIT


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    monkeypatch.chdir(tmp_path)
    return Repository(tmp_path)


def labels(name: str) -> list[str]:
    return [text.label for text in read_revision(name)]


def test_a_name_says_whether_it_is_of_a_revision() -> None:
    assert is_revision("git:HEAD:k8s")
    assert not is_revision("k8s/web.yaml")
    assert not is_revision("./git:HEAD:k8s")


def test_a_folder_is_read_as_it_was(repository: Repository) -> None:
    repository.commit({"k8s/web.yaml": "one", "k8s/more/db.yml": "two", "other.yaml": "no"}, tag="v1")
    repository.commit({"k8s/web.yaml": "new", "k8s/more/db.yml": None})

    assert [(text.label, text.text, text.named) for text in read_revision("git:v1:k8s")] == [
        ("git:v1:k8s/more/db.yml", "two", False),
        ("git:v1:k8s/web.yaml", "one", False),
    ]
    assert [text.text for text in read_revision("git:HEAD:k8s/")] == ["new"]
    assert labels("git:main:") == labels("git:main") == ["git:main:k8s/web.yaml", "git:main:other.yaml"]


def test_a_file_is_read_whatever_it_is_called(repository: Repository) -> None:
    repository.commit({"cluster.txt": "one"})

    assert [(text.text, text.named) for text in read_revision("git:HEAD:cluster.txt")] == [("one", True)]


def test_a_path_may_begin_here(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.commit({"deploy/k8s/web.yaml": "one", "deploy/db.yaml": "two"})
    monkeypatch.chdir(repository.folder / "deploy" / "k8s")

    assert labels("git:HEAD:./web.yaml") == ["git:HEAD:deploy/k8s/web.yaml"]
    assert labels("git:HEAD:.") == ["git:HEAD:deploy/k8s/web.yaml"]
    assert labels("git:HEAD:../db.yaml") == ["git:HEAD:deploy/db.yaml"]
    assert labels("git:HEAD:deploy/db.yaml") == ["git:HEAD:deploy/db.yaml"]


def test_hidden_files_charts_and_links_are_left_out(repository: Repository) -> None:
    (repository.folder / "k8s").mkdir()
    (repository.folder / "k8s/link.yaml").symlink_to("/etc/passwd")
    repository.commit(
        {
            "k8s/.hidden.yaml": "",
            "k8s/.github/ci.yaml": "",
            "k8s/README.md": "",
            "k8s/chart/Chart.yaml": "",
            "k8s/chart/templates/web.yaml": "{{ .Values.web }}",
            "k8s/templates/web.yaml": "",
        }
    )

    assert labels("git:HEAD:k8s") == ["git:HEAD:k8s/chart/Chart.yaml", "git:HEAD:k8s/templates/web.yaml"]


def test_names_may_be_odd(repository: Repository) -> None:
    repository.commit({"k8s/käse *.yaml": "Käse", "k8s/empty.yaml": "", "k8s/line\n.yaml": "\n\n", "k8s/x.yaml": "x"})

    assert {text.label.rpartition("/")[2]: text.text for text in read_revision("git:HEAD:k8s")} == {
        "käse *.yaml": "Käse",
        "empty.yaml": "",
        "line\n.yaml": "\n\n",
        "x.yaml": "x",
    }
    assert len(labels("git:HEAD:k8s/käse *.yaml")) == 1


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("git:", "git:: names no revision (git:HEAD:k8s)"),
        ("git::k8s", "git::k8s: names no revision (git:HEAD:k8s)"),
        ("git:v2:k8s", "git:v2:k8s: there is no revision v2 (git log --oneline --all)"),
        ("git:--help:k8s", "git:--help:k8s: there is no revision --help (git log --oneline --all)"),
        (
            "git:HEAD:nothing",
            "git:HEAD:nothing: there is nothing called nothing in revision HEAD (git ls-tree -r --name-only HEAD)",
        ),
        ("git:HEAD:latin.yaml", "git:HEAD:latin.yaml: latin.yaml: is not text in UTF-8"),
    ],
)
def test_what_is_not_there_is_told_with_what_would_do(repository: Repository, name: str, problem: str) -> None:
    repository.commit({"k8s/web.yaml": "one", "latin.yaml": b"K\xe4se"})

    with pytest.raises(GitError) as raised:
        read_revision(name)

    assert str(raised.value) == problem


def test_where_no_repository_is_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))

    with pytest.raises(GitError, match="git:HEAD:k8s: git: not a git repository"):
        read_revision("git:HEAD:k8s")


def test_without_git_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(GitError, match="git is not installed"):
        read_revision("git:HEAD:k8s")
