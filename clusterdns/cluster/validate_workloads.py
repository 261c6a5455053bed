"""Is a workload right? Rules of the API server of Kubernetes 1.34 where DNS is concerned.

That is how many Pods it asks for, that it selects the Pods it makes, and what its template says of them.
"""

from collections.abc import Iterator

import msgspec

from clusterdns.cluster.objects import (
    CronJob,
    DaemonSet,
    Deployment,
    Job,
    Labels,
    LabelSelector,
    LabelSelectorRequirement,
    PodTemplate,
    ReplicaSet,
    ReplicationController,
    StatefulSet,
)
from clusterdns.cluster.problems import Finding, Path
from clusterdns.cluster.selectors import satisfies, selects
from clusterdns.cluster.validate_pods import validate_pod_spec
from clusterdns.cluster.validate_values import label_key, label_value, labels, not_negative, one_of, subdomain

MAX_PODS = 150_000
"""How many Pods one workload may ask for: what Kubernetes supports in a whole cluster."""

_SELECTOR: Path = ("spec", "selector")
_TEMPLATE: Path = ("spec", "template")


def validate_workload(workload: Deployment | ReplicaSet | StatefulSet | DaemonSet) -> Iterator[Finding]:
    spec = workload.spec
    yield from subdomain(("metadata", "name"), workload.name)
    if not isinstance(workload, DaemonSet):
        yield from _count(("spec", "replicas"), workload.spec.replicas)
    if isinstance(workload, StatefulSet):
        yield from not_negative(("spec", "ordinals", "start"), workload.spec.ordinals.start)
    if not spec.selector.match_labels and not spec.selector.match_expressions:
        yield Finding(_SELECTOR, "is missing", "it selects the Pods that the template makes")
    yield from _template(spec.template, spec.selector)


def validate_replication_controller(controller: ReplicationController) -> Iterator[Finding]:
    """A ReplicationController, whose selector is the template's labels unless it says another."""
    spec = controller.spec
    yield from subdomain(("metadata", "name"), controller.name)
    yield from _count(("spec", "replicas"), spec.replicas)
    yield from _template(spec.template, LabelSelector(match_labels=spec.selector), at=_SELECTOR)


def validate_job(job: Job) -> Iterator[Finding]:
    """A Job; its selector is made from its UID and so plays no part here."""
    spec = job.spec
    yield from subdomain(("metadata", "name"), job.name)
    yield from _count(("spec", "parallelism"), spec.parallelism)
    yield from not_negative(("spec", "completions"), spec.completions)
    yield from one_of(("spec", "completionMode"), spec.completion_mode, ("Indexed", "NonIndexed"))
    if spec.completion_mode == "Indexed":
        if spec.completions is None:
            yield Finding(("spec", "completions"), "is missing", "an Indexed Job says how many there are")
        elif len(hostname := f"{job.name}-{max(spec.completions - 1, 0)}") > 63:
            yield Finding(("metadata", "name"), f"{hostname} is too long for a hostname", "at most 63", servable=False)
    yield from _template(spec.template, LabelSelector())


def validate_cron_job(cron_job: CronJob) -> Iterator[Finding]:
    yield from subdomain(("metadata", "name"), cron_job.name)
    if len(cron_job.name) > 52:
        yield Finding(("metadata", "name"), f"{cron_job.name!r} is too long", "at most 52")


def _count(path: Path, number: int | None) -> Iterator[Finding]:
    yield from not_negative(path, number)
    if number is not None and MAX_PODS < number < 2**31:
        yield Finding(path, f"{number} Pods are too many", f"at most {MAX_PODS}", servable=False)


def _template(
    raw: dict[str, object], selector: LabelSelector, at: Path = (*_SELECTOR, "matchLabels")
) -> Iterator[Finding]:
    """A template and the selector that must match it; `at` is where the selector has its labels."""
    yield from labels(at, selector.match_labels)
    for index, requirement in enumerate(selector.match_expressions):
        yield from _requirement((*_SELECTOR, "matchExpressions", index), requirement)
    if not raw:
        yield Finding(_TEMPLATE, "is missing", "what the Pods are made from")
        return
    try:
        template = msgspec.convert(raw, PodTemplate)
    except msgspec.ValidationError as error:
        yield Finding(_TEMPLATE, str(error), servable=False)
        return
    yield from labels((*_TEMPLATE, "metadata", "labels"), template.metadata.labels)
    if not matches(selector, template.metadata.labels):
        hint = f"the same labels as {'.'.join(map(str, at))}"
        yield Finding((*_TEMPLATE, "metadata", "labels"), "the selector does not match them", hint)
    yield from validate_pod_spec((*_TEMPLATE, "spec"), template.spec)


def _requirement(path: Path, requirement: LabelSelectorRequirement) -> Iterator[Finding]:
    operator, values = requirement.operator, requirement.values
    yield from label_key((*path, "key"), requirement.key)
    yield from one_of((*path, "operator"), operator, ("In", "NotIn", "Exists", "DoesNotExist"))
    if operator in ("In", "NotIn") and not values:
        yield Finding((*path, "values"), "is missing", f"{operator} needs at least one")
    if operator in ("Exists", "DoesNotExist") and values:
        yield Finding((*path, "values"), f"{operator} has none", "leave it out")
    for index, value in enumerate(values):
        yield from label_value((*path, "values", index), value)


def matches(selector: LabelSelector, given: Labels) -> bool:
    """Whether labels meet all that a selector requires; an empty one requires nothing."""
    return selects(selector.match_labels, given) and all(
        satisfies(requirement, given) for requirement in selector.match_expressions
    )
