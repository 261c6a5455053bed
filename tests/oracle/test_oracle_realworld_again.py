"""What `get objects -o yaml` prints of manifests that people really apply is the same cluster when it is served."""

import pytest
from judges import NEEDS_ORACLE, oracle
from round_trip import check_round_trip

pytestmark = NEEDS_ORACLE


@pytest.mark.parametrize(
    "path", sorted(oracle("realworld").glob("[!R]*")) or ["all of them"], ids=lambda path: str(path)
)
def test_objects_that_were_printed_are_the_same_cluster_again(path: object) -> None:
    check_round_trip(str(path))
