"""The plugin for pytest, in runs of its own: fixtures, the marker, and that nothing is imported before it is used."""

import sys
import textwrap
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from inner import PLUGIN, run
from web import DB, WEB

pytest_plugins = ["pytester"]


MARKED = """
    import asyncio
    import socket

    import pytest

    pytestmark = pytest.mark.cluster_dns(["manifests/", "more.yaml"])


    def test_the_cluster_is_that_of_the_module(cluster_dns):
        assert cluster_dns.resolve("web.default.svc.cluster.local") == ["10.96.1.1"]
        assert len(cluster_dns.resolve("db.data.svc.cluster.local")) == 2


    @pytest.mark.cluster_dns(namespace="data")
    def test_a_marker_adds_to_that_of_the_module(cluster_resolver):
        assert len(socket.getaddrinfo("db", 80, type=socket.SOCK_STREAM)) == 2
        assert cluster_resolver.conf.search[0] == "data.svc.cluster.local"


    @pytest.mark.cluster_dns(corefile="conf/Corefile")
    def test_a_corefile_is_found_beside_the_test(cluster_dns):
        assert cluster_dns.resolve("www.example.com") == ["192.0.2.7"]


    @pytest.mark.cluster_dns({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}, namespace="shop")
    class TestOfAnotherCluster:
        def test_there_is_no_service(self, cluster_dns):
            assert cluster_dns.resolve("web.default.svc.cluster.local") == []

        async def look_up(self):
            loop = asyncio.get_running_loop()
            return await loop.getaddrinfo("web", 80, type=socket.SOCK_STREAM)

        @pytest.mark.cluster_dns(corefile=". {\\n template IN A {\\n answer \\"{{ .Name }} A 192.0.2.1\\"\\n }\\n}\\n")
        def test_asyncio_looks_up_as_a_pod(self, cluster_dns, cluster_resolver):
            assert [info[4] for info in asyncio.run(self.look_up())] == [("192.0.2.1", 80)]
            assert cluster_dns.queries[0].name == "web.shop.svc.cluster.local"


    def test_the_resolver_is_that_of_the_machine_again():
        assert "clusterdns" not in socket.getaddrinfo.__module__
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> Path:
    """Tests in a folder, which is not where pytest is run, with manifests beside them."""
    folder = pytester.path / "tests" / "deep"
    (folder / "manifests").mkdir(parents=True)
    (folder / "manifests" / "web.yaml").write_text(WEB)
    (folder / "more.yaml").write_text(DB)
    (folder / "conf").mkdir()
    (folder / "conf" / "Corefile").write_text(".:53 {\n hosts {\n 192.0.2.7 www.example.com\n }\n}\n")
    (folder / "test_marked.py").write_text(textwrap.dedent(MARKED))
    return folder


def test_fixtures_give_the_cluster_of_the_marker(pytester: pytest.Pytester, project: Path) -> None:
    run(pytester, "--strict-markers", "-Werror", "tests").assert_outcomes(passed=6)


def test_without_a_marker_it_is_an_empty_cluster(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import socket

        def test_empty(cluster_dns, cluster_resolver):
            assert socket.gethostbyname("kubernetes") == "10.96.0.1"
            cluster_dns.wait_for_query("kubernetes.default.svc.cluster.local", "A")
        """
    )

    run(pytester).assert_outcomes(passed=1)


@pytest.fixture
def no_other_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


@pytest.mark.usefixtures("no_other_plugins")
def test_it_runs_in_many_processes_at_once(pytester: pytest.Pytester, project: Path) -> None:
    for number in range(3):
        (project / f"test_again_{number}.py").write_text((project / "test_marked.py").read_text())

    result = pytester.runpytest_subprocess(*PLUGIN, "-p", "xdist", "-n", "2", "tests")

    result.assert_outcomes(passed=24)


@pytest.mark.parametrize(
    ("marker", "said"),
    [
        ('"bad.yaml"', "*bad.yaml:5: Service default/web: spec.clusterIP: '10.96.1.500' is not an IP address*"),
        ('"none.yaml"', "*none.yaml: there is no such file or folder"),
        ('corefile="{\\nnothing\\n}"', "*Corefile:*"),
        ('name="shop"', "*there is no keyword 'name' (corefile, namespace, pod, cluster_domain, lenient)"),
        ('namespace="shop"', "*there is no namespace 'shop' (*"),
    ],
)
def test_what_is_wrong_with_the_cluster_is_an_error_of_the_test(
    pytester: pytest.Pytester, marker: str, said: str
) -> None:
    (pytester.path / "bad.yaml").write_text(WEB.replace("10.96.1.1", "10.96.1.500"))
    pytester.makepyfile(
        f"""
        import pytest

        @pytest.mark.cluster_dns({marker})
        def test_it(cluster_resolver):
            pass
        """
    )

    result = run(pytester)

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([said])
    result.stdout.no_fnmatch_line("*pytest_plugin.py*")


def test_beside_a_test_that_fails_is_what_was_asked(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import socket

        def test_it(cluster_dns, cluster_resolver):
            socket.gethostbyname("web.shop")

        def test_nothing(cluster_dns):
            assert False

        def test_many(cluster_dns):
            for number in range(52):
                cluster_dns.resolve(f"name-{number}", "A")
            assert False
        """
    )

    result = run(pytester)

    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines_random(["-* queries to cluster_dns -*"])
    result.stdout.fnmatch_lines([
        "web.shop.default.svc.cluster.local A NXDOMAIN",
        "web.shop.svc.cluster.local A NXDOMAIN",
        "web.shop.cluster.local A NXDOMAIN",
        "web.shop A NXDOMAIN",
        "-* queries to cluster_dns -*",
        "none",
        "-* queries to cluster_dns -*",
        "… 2 before",
        "name-2 A NXDOMAIN",
        "*",
        "name-51 A NXDOMAIN",
    ])  # fmt: skip


def test_the_marker_is_documented(pytester: pytest.Pytester) -> None:
    run(pytester, "--markers").stdout.fnmatch_lines(["@pytest.mark.cluster_dns(*sources, *"])
    run(pytester, "--fixtures").stdout.fnmatch_lines(["cluster_dns -- *", "cluster_resolver -- *"])


@pytest.mark.usefixtures("no_other_plugins")
def test_a_run_that_does_not_use_it_imports_nothing_of_it(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import sys

        def test_nothing():
            ours = [name for name in sys.modules if name.partition(".")[0] == "clusterdns"]
            assert sorted(ours) == ["clusterdns", "clusterdns.testing", "clusterdns.testing.pytest_plugin"]
            assert not {"dns", "msgspec", "yaml", "re2"} & set(sys.modules)
        """
    )
    result = pytester.run(sys.executable, "-m", "pytest", *PLUGIN)

    result.assert_outcomes(passed=1)


def test_pytest_finds_the_plugin_by_itself() -> None:
    (plugin,) = [point for point in entry_points(group="pytest11") if point.name == "clusterdns"]

    assert plugin.value == "clusterdns.testing.pytest_plugin"
