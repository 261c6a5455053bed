"""Which files the MANIFESTs of a command line are."""

import os

from clusterdns.sources.folders import list_files


def listed(*names: object) -> list[str]:
    return [found.label for found in list_files(map(str, names)).files]


def put(folder, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")


def test_a_folder_is_searched_for_yaml_and_json(tmp_path, monkeypatch):
    put(tmp_path, "m/b.yaml", "m/a.yml", "m/c.json", "m/README.md", "m/d.yaml.bak", "m/deep/er/e.yaml")
    monkeypatch.chdir(tmp_path)

    assert listed("m") == ["m/a.yml", "m/b.yaml", "m/c.json", "m/deep/er/e.yaml"]
    assert listed("./m/deep") == ["./m/deep/er/e.yaml"]


def test_hidden_files_and_folders_are_left_out(tmp_path):
    put(tmp_path, "a.yaml", ".#a.yaml", ".git/config.yaml", "..2024_01/a.yaml")

    assert listed(tmp_path) == [f"{tmp_path}/a.yaml"]


def test_a_file_that_is_named_is_read_whatever_its_name(tmp_path):
    put(tmp_path, ".hidden", "manifest.txt")

    assert listed(tmp_path / ".hidden", tmp_path / "manifest.txt", "-") == [
        f"{tmp_path}/.hidden",
        f"{tmp_path}/manifest.txt",
        "stdin",
    ]


def test_a_file_that_is_named_twice_is_read_once(tmp_path):
    put(tmp_path, "a.yaml")
    (tmp_path / "link.yaml").symlink_to("a.yaml")

    assert listed(tmp_path / "a.yaml", tmp_path, tmp_path / "link.yaml") == [f"{tmp_path}/a.yaml"]


def test_links_that_go_round_in_circles_end(tmp_path):
    put(tmp_path, "a/b/c.yaml")
    (tmp_path / "a/b/up").symlink_to(tmp_path / "a")
    (tmp_path / "a/dangling.yaml").symlink_to("nowhere")

    assert listed(tmp_path / "a") == [f"{tmp_path}/a/b/c.yaml"]


def test_a_name_that_leads_nowhere_is_a_problem(tmp_path):
    listing = list_files([f"{tmp_path}/nope.yaml"])

    assert [str(problem) for problem in listing.problems] == [f"{tmp_path}/nope.yaml: there is no such file or folder"]


def test_templates_of_a_helm_chart_are_skipped_with_one_line(tmp_path):
    put(tmp_path, "chart/Chart.yaml", "chart/templates/a.yaml", "chart/templates/sub/b.yaml", "other/templates/c.yaml")
    listing = list_files([str(tmp_path)])

    assert [found.label for found in listing.files] == [
        f"{tmp_path}/chart/Chart.yaml",
        f"{tmp_path}/other/templates/c.yaml",
    ]
    note = "skipped, the templates of a Helm chart (`helm template` makes manifests of them)"
    assert listing.notes == [f"{tmp_path}/chart/templates: {note}"]
    assert list_files([f"{tmp_path}/chart/templates/sub"]).notes == [f"{tmp_path}/chart/templates/sub: {note}"]
    assert listed(f"{tmp_path}/chart/templates/a.yaml") == [f"{tmp_path}/chart/templates/a.yaml"]


def test_a_folder_without_manifests_is_told(tmp_path):
    assert list_files([str(tmp_path)]).notes == [f"{tmp_path}: holds no manifest: no file *.yaml, *.yml or *.json"]


def test_a_folder_that_may_not_be_read_is_a_problem(tmp_path, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", refuse)

    assert [str(problem) for problem in list_files([str(tmp_path)]).problems] == [
        f"{tmp_path}: cannot be read: Permission denied"
    ]
