"""`clusterdns serve`, told to end once it answers; prints which signals to end would ever have killed it meanwhile."""

import os
import signal
import sys
import threading
import time
from pathlib import Path

from clusterdns.cli import main

ENDS = (signal.SIGTERM, signal.SIGINT)
given = signal.signal
deadly = []


def watched(number, handler):
    if number in ENDS and handler in (signal.SIG_DFL, signal.default_int_handler):
        deadly.append(signal.Signals(number).name)
    return given(number, handler)


def end_once_ready(file: Path) -> None:
    while not file.exists():
        time.sleep(0.01)
    os.kill(os.getpid(), ENDS[0])


signal.signal = watched
_, ready, *options = sys.argv
threading.Thread(target=end_once_ready, args=(Path(ready),), daemon=True).start()
try:
    main(["serve", "--ready-file", ready, *options])
except SystemExit as end:
    print(f"ended with {end.code}, deadly: {deadly}", file=sys.stderr)
