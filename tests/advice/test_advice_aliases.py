"""What an ExternalName may point at."""

import pytest
from controlling import Lab

from clusterdns.advice.aliases import advise_external_name
from clusterdns.advice.names import Target, absence
from clusterdns.advice.survey import Survey
from clusterdns.cluster.objects import Service

CLUSTER = """
apiVersion: v1
kind: Service
metadata: {name: docs}
spec: {type: ExternalName, externalName: TARGET}
---
apiVersion: v1
kind: Service
metadata: {name: again}
spec: {type: ExternalName, externalName: docs.default.svc.cluster.local}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: prod}
spec: {clusterIP: None, selector: {app: db}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: shop, namespace: com}
spec: {ports: [{port: 80}]}
---
apiVersion: v1
kind: Namespace
metadata: {name: dev}
---
apiVersion: v1
kind: Pod
metadata: {name: db-0, namespace: prod, labels: {app: db}}
spec: {hostname: db-0, subdomain: db, containers: [{name: db}]}
"""


def said_of(target: str) -> list[str]:
    lab = Lab(CLUSTER.replace("TARGET", target))
    return [
        str(advice).removeprefix("Service default/docs: spec.externalName: ")
        for advice in advise_external_name(Survey(lab.cluster), lab.one(Service, "docs"))
    ]


@pytest.mark.parametrize(
    "target",
    [
        "docs.example.com",
        "db.prod.svc.cluster.local",
        "db.prod.svc.cluster.local.",
        "db-0.db.prod.svc.cluster.local",
        "db.prod.svc.other.example",  # another cluster's
        "web.dev",  # the namespace is there, the Service is not: it may be a name of the internet
        "www.web.prod",
        "metrics.kube-system.svc.cluster.local",  # nobody tells all that is in there
        "db.staging.svc.cluster.local",  # a namespace that these manifests don't have
    ],
)
def test_a_name_outside_and_one_that_is_there_are_right(target: str) -> None:
    assert said_of(target) == []


def test_an_address_is_no_name() -> None:
    (said,) = said_of("192.0.2.1")

    assert said == (
        "192.0.2.1 is an address and not a name, so docs.default does not exist "
        "(a Service without selector, and an EndpointSlice with the address) [external-name-address]"
    )


@pytest.mark.parametrize(
    ("target", "completed"),
    [
        ("db.prod", "db.prod.svc.cluster.local"),
        ("web.prod", "web.prod.svc.cluster.local"),
        ("db-0.db.prod", "db-0.db.prod.svc.cluster.local"),
        ("shop.com", "shop.com.svc.cluster.local"),
        ("db", "db.prod.svc.cluster.local"),
        ("web", "web.default.svc.cluster.local"),
        ("web.anywhere.svc", "web.anywhere.svc.cluster.local"),
    ],
)
def test_no_search_path_completes_an_external_name(target: str, completed: str) -> None:
    (said,) = said_of(target)

    assert said == (
        f"{target} is looked up as a whole name: no search path makes it one of this cluster "
        f"({completed}) [external-name-relative]"
    )


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        (
            "queue.prod.svc.cluster.local",
            "there is no Service queue in namespace prod (a Service queue, or the name of one that is there)",
        ),
        ("db.com.svc.cluster.local", "there is no Service db in namespace com (db.prod.svc.cluster.local)"),
        ("db.pord.svc.cluster.local", "there is no namespace pord (db.prod.svc.cluster.local)"),
        (
            "db-1.db.prod.svc.cluster.local",
            "Service db of namespace prod has no endpoint db-1 (db-0.db.prod.svc.cluster.local)",
        ),
        ("again.default.svc.cluster.local", "it leads back to itself (the name of something else)"),
    ],
)
def test_what_is_not_in_this_cluster_is_told_with_what_is(target: str, reason: str) -> None:
    assert said_of(target) == [f"{target} does not exist: {reason} [external-name-not-found]"]


def test_a_service_that_is_there_is_not_absent() -> None:
    survey = Survey(Lab(CLUSTER.replace("TARGET", "example.com")).cluster)

    assert absence(survey, Target("prod", "db")) is None
    missing = absence(survey, Target("com", "shp"))
    assert missing is not None
    assert missing.hint == "shop.com.svc.cluster.local"
