"""A manifest of the lab is changed while the lab answers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from asking import addresses, records
from laboratory import Lab, laboratory
from serving import wait_until


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with laboratory(tmp_path) as lab:
        yield lab


def test_an_external_name_that_names_another_host_is_answered_within_a_second(lab: Lab) -> None:
    def code() -> list[str]:
        return records(lab.ask("code.default.svc.cluster.local", at="cluster-dns"))

    pods = pods_of_the_shop(lab)
    assert code()[0].endswith(" CNAME github.com.")

    lab.edit("code.yaml", "externalName: github.com", "externalName: www.gitlab.com")

    chain = [
        "code.default.svc.cluster.local. CNAME www.gitlab.com.",
        "gitlab.com. A 203.0.113.20",
        "www.gitlab.com. CNAME gitlab.com.",
    ]
    wait_until(lambda: code() == chain, "the new host was not answered", patience=1)
    assert pods_of_the_shop(lab) == pods


def test_a_changed_pod_template_gives_new_addresses_behind_the_same_names(lab: Lab) -> None:
    service = addresses(lab.ask("shop.default.svc.cluster.local", at="cluster-dns"))
    before = pods_of_the_shop(lab)
    assert len(before) == 3

    lab.edit("shop.yaml", "image: shop:1", "image: shop:2")

    wait_until(lambda: pods_of_the_shop(lab).isdisjoint(before), "the old Pods are still there", patience=1)
    assert len(pods_of_the_shop(lab)) == 3
    assert addresses(lab.ask("shop.default.svc.cluster.local", at="cluster-dns")) == service


def pods_of_the_shop(lab: Lab) -> set[str]:
    return set(addresses(lab.ask("shop-pods.default.svc.cluster.local", at="cluster-dns")))
