"""The bench is not part of the package: it is found in the checkout, behind everything that is installed."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent.parent))

if not sys.platform.startswith("linux"):
    collect_ignore_glob = ["test_*.py"]  # it reads CPU times from /proc
