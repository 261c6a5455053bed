"""Files are followed as they change: edits, new and deleted files, replacement in one go, files written by halves."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing

import pytest
import watchfiles

from clusterdns.cluster.objects import Key
from clusterdns.cluster.registry import Registry
from clusterdns.sources.watch import ManifestFiles, News


def service(name: str, port: int = 80) -> str:
    return f"apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\nspec:\n  ports:\n  - port: {port}\n"


def names(registry: Registry) -> set[str]:
    return {key.name for key in registry.objects}


def follow(source: ManifestFiles, story: Callable[[Callable[[], Awaitable[News]]], Awaitable[None]]) -> None:
    """Load the files, then tell the story, which may wait for the next news."""

    async def run() -> None:
        async with aclosing(source.follow()) as following:
            await story(lambda: asyncio.wait_for(anext(following), 5))

    source.load()
    asyncio.run(run())


@pytest.fixture
def registry():
    return Registry()


def test_a_folder_is_loaded_and_what_is_no_manifest_is_passed_over(tmp_path, registry):
    (tmp_path / "web.yaml").write_text(service("web"))
    (tmp_path / "values.yaml").write_text("replicas: 3\n")
    (tmp_path / "broken-values.yaml").write_text("{{ template }}\n")
    (tmp_path / "empty.yaml").write_text("# nothing yet\n")
    (tmp_path / "package.json").write_text("[1, 2]")

    news = ManifestFiles([str(tmp_path)], registry).load()

    assert names(registry) == {"web"}
    assert news.problems == []
    assert news.notes == [
        f"{tmp_path}/{name}: skipped, it has no apiVersion and kind"
        for name in ("broken-values.yaml", "package.json", "values.yaml")
    ]


def test_what_is_no_manifest_is_an_error_when_it_is_named(tmp_path, registry):
    (tmp_path / "values.yaml").write_text("replicas: 3\n")

    news = ManifestFiles([f"{tmp_path}/values.yaml", f"{tmp_path}/nope"], registry).load()

    assert [str(problem).partition(" (")[0] for problem in news.errors] == [
        f"{tmp_path}/nope: there is no such file or folder",
        f"{tmp_path}/values.yaml:1: has no apiVersion and kind",
    ]


def test_an_edit_a_new_file_and_a_deleted_one(tmp_path, registry):
    (tmp_path / "web.yaml").write_text(service("web"))

    async def story(next_news):
        (tmp_path / "web.yaml").write_text(service("web", 81))
        (change,) = (await next_news()).changes
        assert change.new.spec.ports[0].port == 81
        (tmp_path / "deep").mkdir()
        (tmp_path / "deep/api.yaml").write_text(service("api"))
        (change,) = (await next_news()).changes
        assert change.key == Key("Service", "default", "api")
        (tmp_path / "web.yaml").unlink()
        (change,) = (await next_news()).changes
        assert change.new is None
        assert names(registry) == {"api"}

    follow(ManifestFiles([str(tmp_path)], registry), story)


def test_a_named_file_that_is_replaced_in_one_go(tmp_path, registry):
    (tmp_path / "web.yaml").write_text(service("web"))

    async def story(next_news):
        for port in (81, 82):
            (tmp_path / "new").write_text(service("web", port))
            (tmp_path / "new").replace(tmp_path / "web.yaml")
            (change,) = (await next_news()).changes
            assert change.new.spec.ports[0].port == port

    follow(ManifestFiles([f"{tmp_path}/web.yaml"], registry), story)


def test_a_broken_file_is_told_and_keeps_its_objects_while_others_change(tmp_path, registry):
    (tmp_path / "web.yaml").write_text(service("web"))

    async def story(next_news):
        (tmp_path / "web.yaml").write_text(service("web", 70000))
        (tmp_path / "api.yaml").write_text(service("api"))
        news = [await next_news(), await next_news()]
        assert [change.key.name for told in news for change in told.changes] == ["api"]
        assert [str(problem) for told in news for problem in told.problems] == [
            f"{tmp_path}/web.yaml:7: Service default/web: spec.ports[0].port: 70000 is not a port (1 to 65535)"
        ]
        assert names(registry) == {"web", "api"}

    follow(ManifestFiles([str(tmp_path)], registry), story)


def test_a_file_that_is_written_by_halves_is_not_called_broken(tmp_path, registry):
    (tmp_path / "web.yaml").write_text(service("web"))
    source = ManifestFiles([str(tmp_path)], registry)
    looked = asyncio.Event()

    def look(real=source._look):
        found = real()
        if found[0].texts:
            loop.call_soon_threadsafe(looked.set)
        return found

    async def story(next_news):
        nonlocal loop
        loop = asyncio.get_running_loop()
        news = asyncio.ensure_future(next_news())
        (tmp_path / "web.yaml").write_text(service("web", 81)[:-8] + "[")
        await looked.wait()
        (tmp_path / "web.yaml").write_text(service("web", 81))
        told = await news
        assert told.problems == []
        assert told.changes[0].new.spec.ports[0].port == 81

    loop: asyncio.AbstractEventLoop
    source.load()
    source._look = look
    follow(source, story)


def test_changes_are_found_where_the_system_cannot_watch(tmp_path, registry, monkeypatch):
    (tmp_path / "web.yaml").write_text(service("web"))

    def cannot(*paths, **options):
        raise OSError("no space left on device")

    monkeypatch.setattr(watchfiles, "awatch", cannot)

    async def story(next_news):
        (tmp_path / "web.yaml").write_text(service("web", 81))
        assert len((await next_news()).changes) == 1

    follow(ManifestFiles([str(tmp_path)], registry), story)


def test_a_file_that_turns_into_something_else_goes_with_a_note(tmp_path, registry):
    (tmp_path / "web.yaml").write_text(service("web"))

    async def story(next_news):
        (tmp_path / "web.yaml").write_text("a: b\n")
        news = await next_news()
        assert news.notes == [f"{tmp_path}/web.yaml: skipped, it has no apiVersion and kind"]
        assert news.changes[0].new is None

    follow(ManifestFiles([str(tmp_path)], registry), story)
