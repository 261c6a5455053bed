import pytest
from chain import Chain

from clusterdns.corefile import CorefileError


def test_debug_lines_are_logged_and_failures_end_the_server():
    chain = Chain(". {\n debug\n whoami\n}")
    chain.world.log.debug("looked into it", "kubernetes")
    assert chain.setting.debug
    assert chain.log.getvalue() == "[DEBUG] plugin/kubernetes: looked into it\n"


def test_without_it_they_are_not():
    chain = Chain(". {\n whoami\n}")
    chain.world.log.debug("looked into it")
    assert not chain.setting.debug
    assert not chain.log.getvalue()


def test_arguments_are_refused():
    with pytest.raises(CorefileError, match="debug: unexpected 'off'"):
        Chain(". {\n debug off\n}")
