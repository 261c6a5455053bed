"""All advice about a cluster that manifests gave: each rule on each object, and where in the manifests that stands.

What the control plane made is not judged again. Knows which rule is for what, and what manifests may leave out.
"""

from collections.abc import Iterable, Iterator, Mapping

from clusterdns.advice.advice import Advice
from clusterdns.advice.aliases import advise_external_name
from clusterdns.advice.manifests import Manifests
from clusterdns.advice.names import UNTOLD
from clusterdns.advice.pods import PodAdviser
from clusterdns.advice.services import advise_ports, advise_selector, advise_stateful_set
from clusterdns.advice.shared import advise_endpoints, advise_outside
from clusterdns.advice.survey import Survey
from clusterdns.cluster.cluster import Cluster
from clusterdns.cluster.manifest import Manifest
from clusterdns.cluster.objects import Key, Service, StatefulSet


def advise(cluster: Cluster, given: Iterable[Key], files: Mapping[str, Manifest], zone: str) -> list[Advice]:
    """All advice about the `given` objects of a cluster, in the order of files and lines.

    `files` are the manifests that have them, by file; `zone` is the cluster's domain as a text.
    """
    survey, keys = Survey(cluster, zone, Manifests(files)), dict.fromkeys(sorted(given))
    found = [advice for key in keys for advice in _advise_object(survey, key)]
    return survey.manifests.placed(dict.fromkeys((*found, *PodAdviser(survey, keys).advise())))


def _advise_object(survey: Survey, key: Key) -> Iterator[Advice]:
    match survey.cluster.get(key):
        case Service() as service:
            if service.namespace not in UNTOLD:
                yield from advise_selector(survey, service)
            yield from advise_ports(service)
            yield from advise_external_name(survey, service)
            yield from advise_endpoints(survey, service)
            yield from advise_outside(service)
        case StatefulSet() as workload:
            yield from advise_stateful_set(survey, workload)
