import pytest
from chain import Chain

from clusterdns.corefile import CorefileError


def seconds(line):
    return Chain(f". {{\n {line}\n whoami\n}}").setting.reload


def test_the_file_is_looked_at_every_half_minute_more_or_less():
    assert 22.5 <= seconds("reload") <= 37.5


def test_without_jitter_it_is_exact():
    assert seconds("reload 2s 0s") == 2


def test_jitter_spreads_around_the_interval_by_at_most_half_of_itself():
    assert 9 <= seconds("reload 10s 2s") <= 11


def test_jitter_is_at_most_half_of_the_interval():
    assert 1.5 <= seconds("reload 2s 10s") <= 2.5


def test_without_the_plugin_it_is_never():
    assert seconds("errors") == 0


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("reload 1s", "INTERVAL '?1s'? is less than 2 seconds"),
        ("reload foo", "INTERVAL 'foo' is not a duration"),
        ("reload 10s foo", "JITTER 'foo' is not a duration"),
        ("reload 3s 0.5s", "JITTER 0.5s is neither 0s nor at least 1s"),
        ("reload 10s 5s foo", "'foo' is one argument too many"),
    ],
)
def test_odd_durations_are_refused(line, problem):
    with pytest.raises(CorefileError, match=problem):
        seconds(line)
