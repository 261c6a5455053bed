"""Manifests of a revision in a git repository, `git:REV:PATH`, read without a work tree.

Which files of a folder count is as on disk. Asks git, and runs nothing that a repository says. Knows no object.
"""

import os
import posixpath
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from clusterdns.sources.files import Text, decode
from clusterdns.sources.folders import SUFFIXES

PREFIX: Final = "git:"
_BLOBS: Final = frozenset({"100644", "100755"})
"""Modes of files: neither symbolic links nor submodules."""
_CHART: Final = "Chart.yaml"


class GitError(Exception):
    """What can't be read from git, and what would do: a sentence for the user."""


class _File(NamedTuple):
    path: str
    blob: str


def is_revision(name: str) -> bool:
    """Is a MANIFEST of a command line one of a revision?"""
    return name.startswith(PREFIX)


def read_revision(name: str) -> list[Text]:
    """The texts of `git:REV:PATH`, each with a name such as `git:main:k8s/web.yaml`. Raises `GitError`.

    PATH is from the top of the repository that the current folder is in, or from that folder if it begins with `./`.
    Without one it is the whole repository.
    """
    revision, _, path = name.removeprefix(PREFIX).partition(":")
    if not revision:
        raise GitError(f"{name}: names no revision (git:HEAD:k8s)")
    tree = _tree(name, revision)
    path = _from_top(name, path)
    files = list(_files(name, tree, path))
    if not files:
        where = f"nothing called {path}" if path else "no file"
        raise GitError(f"{name}: there is {where} in revision {revision} (git ls-tree -r --name-only {revision})")
    is_file = [file.path for file in files] == [path]
    chosen = files if is_file else list(_manifests(files, path))
    return [
        Text(f"{PREFIX}{revision}:{file.path}", _decoded(f"{name}: {file.path}", content), is_file)
        for file, content in zip(chosen, _contents(name, chosen), strict=True)
    ]


def _tree(name: str, revision: str) -> str:
    found = _git(name, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{tree}}", may_fail=True)
    if not found:
        raise GitError(f"{name}: there is no revision {revision} (git log --oneline --all)")
    return found.decode().strip()


def _from_top(name: str, path: str) -> str:
    """A path from the top of the repository, empty for all of it."""
    if path == "." or path.startswith(("./", "../")):
        path = posixpath.join(_git(name, "rev-parse", "--show-prefix").decode().strip(), path)
    path = posixpath.normpath(f"/{path}").lstrip("/")
    return "" if path == "." else path


def _files(name: str, tree: str, path: str) -> Iterator[_File]:
    """All files at or below a path."""
    listed = _git(name, "ls-tree", "-r", "-z", "--full-tree", tree, "--", *([path] if path else ()))
    for line in filter(None, listed.decode("utf-8", "surrogateescape").split("\0")):
        about, _, file = line.partition("\t")
        mode, _, blob = about.split()
        if mode in _BLOBS:
            yield _File(file, blob)


def _manifests(files: Iterable[_File], folder: str) -> Iterator[_File]:
    """The files of a folder that may be manifests: not hidden ones, nor the templates of a Helm chart."""
    files = list(files)
    charts = {posixpath.dirname(file.path) for file in files if posixpath.basename(file.path) == _CHART}
    templates = tuple(f"{posixpath.join(chart, 'templates')}/" for chart in charts)
    for file in files:
        below = file.path[len(folder) :].split("/")
        hidden = any(part.startswith(".") for part in below)
        if file.path.endswith(SUFFIXES) and not hidden and not file.path.startswith(templates):
            yield file


def _contents(name: str, files: Sequence[_File]) -> Iterator[bytes]:
    wanted = "".join(f"{file.blob}\n" for file in files).encode()
    got = _git(name, "cat-file", "--batch", given=wanted) if wanted else b""
    at = 0
    for file in files:  # each as `BLOB blob SIZE`, a line of its own, and then the content with a line end
        begin = got.index(b"\n", at) + 1
        size = got[at:begin].split()[-1]
        if not size.isdigit():
            raise GitError(f"{name}: git has lost {file.path}")
        at = begin + int(size) + 1
        yield got[begin : at - 1]


def _decoded(name: str, content: bytes) -> str:
    try:
        return decode(content)
    except UnicodeDecodeError:
        raise GitError(f"{name}: is not text in UTF-8") from None


def _git(name: str, *arguments: str, given: bytes = b"", may_fail: bool = False) -> bytes:
    """What a git command prints; nothing for one that may fail, and does without saying why."""
    env = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_LITERAL_PATHSPECS": "1", "LC_ALL": "C"}
    try:
        # whichever git the user has; each argument is one, and no option
        ran = subprocess.run(["git", *arguments], input=given, capture_output=True, env=env, check=False)  # noqa: S603, S607
    except FileNotFoundError:
        raise GitError(f"{name}: git is not installed, or not in PATH") from None
    if ran.returncode and not (may_fail and not ran.stderr):
        said = ran.stderr.decode("utf-8", "replace").strip().splitlines() or [f"exit status {ran.returncode}"]
        raise GitError(f"{name}: git: {said[0].removeprefix('fatal: ')}")
    return b"" if ran.returncode else ran.stdout
