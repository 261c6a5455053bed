"""The bench's own reckoning: dnsperf's output, ratios, the table, and processes that are gone at the end."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench import __main__ as command
from bench import load, plan, questions
from bench.compare import Comparison
from bench.load import Outcome, check_rcodes, parse, percentile, write_queries
from bench.process import BenchError, running, share_cores
from bench.report import as_json, small_table, table
from bench.rows import ROWS
from bench.run import Measured
from bench.servers import ClusterDNS
from bench.spy import Cost, costs, show
from bench.startup import Small

ALL = frozenset(os.sched_getaffinity(0))
OUTPUT = """\
Statistics:

  Queries sent:         31920
  Queries completed:    31919 (100.00%)
  Queries lost:         1 (0.00%)

  Response codes:       NOERROR 30000 (93.99%), NXDOMAIN 1919 (6.01%)
  Average packet size:  request 31, response 47
  Run time (s):         2.005995
  Queries per second:   15911.804366
"""


def measured(server: str, cpu: float, rate: float = 100_000, lost: int = 0) -> Measured:
    return Measured(server, cpu, rate, 1000, lost, 0.1, 0.5, 50_000_000)


def row(name: str):
    return next(row for row in ROWS if row.name == name)


def test_the_statistics_of_dnsperf_are_read():
    assert parse(OUTPUT) == Outcome(31920, 31919, 1, 15911.804366, Counter({0: 30000, 3: 1919}))


def test_without_statistics_the_run_has_failed():
    with pytest.raises(BenchError, match="no statistics"):
        parse("Error: unable to connect")


def test_wrong_shares_of_response_codes_are_seen():
    check_rcodes(Counter({0: 951, 3: 49}), Counter({0: 95, 3: 5}))
    with pytest.raises(BenchError, match="have code 0, right is"):
        check_rcodes(Counter({0: 900, 3: 50, 2: 50}), Counter({0: 95, 3: 5}))


def test_a_file_holds_so_many_messages_behind_their_length(tmp_path: Path):
    queries = write_queries(tmp_path / "q", questions.walks(1), 10, once=True)
    wires = [wire for wire, _ in islice(questions.walks(1), 10)]
    assert queries.path.read_bytes() == b"".join(len(wire).to_bytes(2, "big") + wire for wire in wires)
    assert queries.rcodes == {3: 10}


def test_percentiles_are_of_what_was_measured():
    assert [percentile([1.0, 2.0, 3.0, 9.0], share) for share in (0, 50, 99)] == [1.0, 3.0, 9.0]
    with pytest.raises(BenchError):
        percentile([], 50)


def test_the_ratio_is_the_median_of_the_pairs():
    ours, peer = [3.0, 4.0, 30.0], [3.0, 2.0, 3.0]
    comparison = Comparison(row("cluster"), [measured("a", c) for c in ours], [measured("b", c) for c in peer])
    assert comparison.ratios == [1.0, 2.0, 10.0]
    assert comparison.ratio == 2.0
    assert comparison.reached is False


def test_workers_are_compared_by_what_they_answer():
    comparison = Comparison(row("workers"), [measured("two", 5, 190_000)], [measured("one", 4)])
    assert comparison.ratio == 1.9
    assert comparison.reached is True


def test_the_table_has_a_line_for_each_server():
    text = table([Comparison(row("cluster"), [measured("ours", 3.0, lost=1)], [measured("theirs", 4.0)])])
    head, _, ours, theirs = text.splitlines()
    cells = dict(zip(head.split(" | "), ours.split(" | "), strict=True))
    assert cells["CPU µs per answer"] == "3.00"
    assert cells["lost"] == "1"
    assert "**0.75**" in ours
    assert "theirs" in theirs
    assert '"ratio": 0.75' in as_json([Comparison(row("cluster"), [measured("a", 3)], [measured("b", 4)])], None)


def test_start_and_memory_stand_beside_what_they_may_be():
    assert "| resident memory | 41 MB |  | 60 MB |" in small_table(Small(0.25, 0.2, 41e6, 0.1, 0.1))


def test_servers_and_load_are_kept_apart_where_there_are_cores_enough():
    assert share_cores(frozenset({0, 1, 2, 3}), 2) == ({0, 1}, {2, 3})
    assert share_cores(frozenset({0, 1}), 2) == ({0, 1}, {0, 1})
    assert share_cores(frozenset({3}), 1) == ({3}, {3})


def wait_until_dead(process: int) -> None:
    """Waits for the system to take note of what was killed, far less long than it would have lived."""
    patience = time.monotonic() + 10
    with suppress(FileNotFoundError, ProcessLookupError):
        while Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
            assert time.monotonic() < patience


SLEEPER = "import subprocess, sys; p = subprocess.Popen(['sleep', '60']); print(p.pid, flush=True); p.wait()"


def test_a_process_and_its_children_are_gone_with_the_block(tmp_path: Path):
    output = tmp_path / "output"
    with running([sys.executable, "-c", SLEEPER], ALL, output) as process:
        while not output.read_text().strip():
            process.check()
        child = int(output.read_text())
        assert process.cpu() > 0
        assert process.memory() > 1_000_000
    with pytest.raises(ProcessLookupError):
        os.kill(process.process.pid, 0)
    wait_until_dead(child)


def test_a_process_that_ends_by_itself_shows_what_it_said(tmp_path: Path):
    with running([sys.executable, "-c", "raise SystemExit('no such zone')"], ALL, tmp_path / "output") as process:
        process.process.wait()
        with pytest.raises(BenchError, match="no such zone"):
            process.check()


def test_the_bench_that_is_killed_leaves_nothing_behind(tmp_path: Path):
    """Not even SIGKILL, after which it can't tidy up itself."""
    script = (
        "import sys; from pathlib import Path; from bench.process import running\n"
        f"with running(['sleep', '60'], frozenset({sorted(ALL)}), Path(sys.argv[1])) as process:\n"
        "    print(process.process.pid, flush=True); input()"
    )
    bench = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "output")],
        env={**os.environ, "PYTHONPATH": str(Path(command.__file__).parent.parent)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert bench.stdout is not None
    with bench:
        sleeper = int(bench.stdout.readline())
        while Path(f"/proc/{sleeper}/comm").read_text() != "sleep\n":
            assert bench.poll() is None  # not yet what it is to become, nor bound to the bench's end
        bench.send_signal(signal.SIGKILL)
        bench.wait()
        wait_until_dead(sleeper)


def test_time_is_shared_out_by_how_often_a_function_was_seen():
    stacks = ["run (loop.py:1);drain (udp.py:9);get (cache.py:5) 30", "run (loop.py:1);drain (udp.py:9) 70"]
    waiting = ["_bootstrap (threading.py:1);wait (queue.py:3) 90", "run (loop.py:1);select (selectors.py:2) 7"]
    found = costs(stacks + waiting, 5.0)
    assert found == [Cost("drain (udp.py:9)", 3.5, 5.0), Cost("get (cache.py:5)", 1.5, 1.5)]
    assert show(found, 5.0, least=2.0).splitlines()[-1] == "  3.50   5.00  drain (udp.py:9)"


def test_rows_are_named_and_a_wrong_name_is_told():
    listed = CliRunner().invoke(command.main, ["--list"])
    assert {line.split()[0] for line in listed.output.splitlines()} == {*(row.name for row in ROWS), "small"}
    wrong = CliRunner().invoke(command.main, ["clutser"])
    assert wrong.exit_code == 2
    assert "'clutser' is not one of 'cluster'" in wrong.output


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(command, "has", lambda program: program != "dnsperf")
    ran = CliRunner().invoke(command.main, ["cluster"])
    assert ran.exit_code == 1
    assert f"apt install {load.PACKAGE}" in ran.output


def test_a_missing_peer_is_named_and_left_out(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(plan, "has", lambda program: program != "unbound")
    told: list[str] = []
    hit = plan.Plan([row("hit")], small=False, pairs=1, seconds=1, latency=0)
    assert plan.present_peers(row("hit"), hit, told.append) == []
    assert told == ["hit: unbound is missing (apt install unbound)"]
    every = plan.present_peers(row("hit"), replace(hit, every_peer=True), told.append)
    assert [peer.name for peer in every] == ["bind", "dnsmasq"]


def test_another_checkout_takes_the_place_of_the_peers(tmp_path: Path):
    against = plan.Plan([row("hit")], small=False, pairs=1, seconds=1, latency=0, against=tmp_path)
    (other,) = plan.present_peers(row("hit"), against, print)
    assert isinstance(other, ClusterDNS)
    assert other.root == tmp_path
