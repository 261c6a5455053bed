"""Workers that are not as fast as each other."""

import subprocess
import sys
from pathlib import Path


def test_where_the_first_worker_has_left_nobody_listens_though_another_was_late():
    script = Path(__file__).with_name("late_worker.py")

    ended = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=60, check=False)

    assert (ended.stdout, ended.stderr) == ("nobody\n", "")
