from pathlib import Path

import pytest
from chain import Chain

from clusterdns.corefile import CorefileError


def test_relative_paths_begin_at_the_root(tmp_path):
    setting = Chain(f". {{\n root {tmp_path}\n whoami\n}}").setting
    assert setting.path("zones/db") == tmp_path / "zones/db"
    assert setting.path("/etc/db") == Path("/etc/db")


def test_a_folder_that_is_not_there_is_only_a_warning(tmp_path):
    chain = Chain(f". {{\n root {tmp_path}/later\n whoami\n}}")
    chain.start()
    assert chain.log.getvalue() == f"[WARNING] plugin/root: {tmp_path}/later does not exist\n"
    assert [text for check in chain.setting.checks for text in check()] == [f"root: {tmp_path}/later does not exist"]


def test_a_folder_that_is_there_is_not_worth_a_word(tmp_path):
    chain = Chain(f". {{\n root {tmp_path}\n whoami\n}}")
    chain.start()
    assert not chain.log.getvalue()


def test_a_root_needs_a_path():
    with pytest.raises(CorefileError, match=r"PATH is missing after 'root' \(root PATH\)"):
        Chain(". {\n root\n}")
