"""What all commands have in common: help, version, errors of usage; and `clusterdns init`."""

import re
from importlib.resources import files
from pathlib import Path

import pytest
from commands import run

import clusterdns

COMMANDS = ("check", "get", "init", "query", "serve")
OPTIONS = (
    *("--conf", "--port", "--bind", "--upstream", "--workers", "--pod-cidr", "--service-cidr", "--nodes"),
    *("--cluster-domain", "--bare", "--filename"),
)


def test_help_names_every_command_with_what_it_does() -> None:
    printed = run("--help").stdout

    assert printed.startswith("Usage: clusterdns [OPTIONS] COMMAND [ARGS]...\n")
    for command in COMMANDS:
        assert re.search(rf"^  {command} +[A-Z].*\.?$", printed, re.MULTILINE), command


def test_without_a_command_it_shows_the_help() -> None:
    ran = run()

    assert run("--help").stdout in ran.stdout + ran.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_help_of_its_own(command: str) -> None:
    ran = run(command, "-h")

    assert ran.returncode == 0
    assert ran.stdout.startswith(f"Usage: clusterdns {command} [OPTIONS] ")
    assert ran.stdout == run(command, "--help").stdout
    assert max(map(len, ran.stdout.splitlines())) <= 80
    if command in ("check", "get", "serve"):
        assert all(f"{option} " in ran.stdout for option in OPTIONS)


def test_the_version_is_that_of_the_package() -> None:
    assert run("--version").stdout == f"clusterdns, version {clusterdns.__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["sreve"], "No such command 'sreve'. (did you mean 'serve'?)"),
        (["help"], "No such command 'help'. (known are serve, check, "),
        (["serve", "--prot", "53"], "--prot"),
        (["serve", "--port", "dns"], "'dns' is not a valid integer"),
        (["serve", "--port", "70000"], "70000 is not in the range 0<=x<=65535"),
        (["serve", "--workers", "0"], "0 is not in the range 1<=x<=256"),
        (["serve", "--nodes", "0"], "0 is not in the range 1<=x<=10000"),
        (["serve", "--bind", "localhost"], "--bind 'localhost' is not an IP address"),
        (["serve", "--pod-cidr", "ten"], "'ten' is not a range of addresses"),
        (["serve", "--service-cidr", "10.0.0.0/8,10.96.0.0/12"], "has two ranges of IPv4"),
        (["serve", "--service-cidr", "10.244.0.0/16"], "the ranges of Services (10.244.0.0/16) and of Pods"),
        (["serve", "--cluster-domain", "no zone"], "--cluster-domain 'no zone' is not the name of a zone"),
        (["init"], "Missing argument 'DIR'"),
    ],
)
def test_errors_of_usage_say_what_is_wrong(arguments: list[str], said: str) -> None:
    ran = run(*arguments)

    assert ran.returncode == 2
    assert ran.stderr.startswith("Usage: clusterdns ")
    assert said in ran.stderr


def test_init_writes_the_example_to_be_changed(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "cluster"

    ran = run("init", folder)

    example = {file.name for file in files("clusterdns").joinpath("example").iterdir() if file.name.endswith(".yaml")}
    assert ran.returncode == 0
    assert {path.name for path in folder.iterdir()} == example
    assert f"{folder}/web.yaml written\n" in ran.stdout
    assert ran.stdout.endswith(f"\nServe it with: clusterdns serve {folder}\n")


def test_init_leaves_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "web.yaml").write_text("mine")

    ran = run("init", tmp_path)

    assert ran.returncode == 0
    assert (tmp_path / "web.yaml").read_text() == "mine"
    assert f"{tmp_path}/web.yaml is there already and stays as it is\n" in ran.stdout
    assert (tmp_path / "pods.yaml").exists()


def test_init_says_where_it_may_not_write(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        ran = run("init", folder)

        assert ran.returncode in (1, 2)
        assert "Traceback" not in ran.stderr
        assert f"{folder}" in ran.stderr
