"""What every command begins with: the manifests of its command line read, and what is wrong with them."""

from collections.abc import Sequence
from io import StringIO

from clusterdns.cli.options import Options
from clusterdns.cluster.manifest import Manifest
from clusterdns.cluster.problems import Problem
from clusterdns.logs import Log
from clusterdns.server.keeper import Keeper, uncollected


def load(
    options: Options, log: Log | None = None, given: Sequence[Manifest] | None = None
) -> tuple[Keeper, list[Problem]]:
    """A keeper that has read the manifests, and everything that keeps it from serving them.

    What is logged goes nowhere unless there is a `log`; `given` manifests were read already.
    """
    keeper = Keeper(options.settings, options.manifests, log or Log(StringIO()), given)
    with uncollected():
        return keeper, keeper.load()
