"""Advice about Pods and what makes them: names that their containers are told, and their search lists.

A spec is judged where somebody wrote it: in a workload, not in each Pod that the workload makes. Knows the cluster and
the manifests.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import combinations
from typing import Any, Final, NamedTuple

import msgspec

from clusterdns.advice.advice import Advice, Code
from clusterdns.advice.clients import Client
from clusterdns.advice.hosts import Finder
from clusterdns.advice.names import Target
from clusterdns.advice.shared import advise_search_list
from clusterdns.advice.survey import Survey, template_of
from clusterdns.advice.values import Value, values_of
from clusterdns.cluster.objects import CronJob, Key, Object, Pod, PodSpec
from clusterdns.cluster.problems import Path
from clusterdns.cluster.workloads_owners import owners_of

_TEMPLATE: Final[Path] = ("spec", "template", "spec")
_CRON_TEMPLATE: Final[Path] = ("spec", "jobTemplate", *_TEMPLATE)


class Written(NamedTuple):
    """A Pod's spec as somebody wrote it: whose, where in that, and all of its fields."""

    about: Key
    path: Path
    fields: dict[str, Any]

    @property
    def spec(self) -> PodSpec:
        """What of it matters to DNS; nothing of one that is wrong in a workload that DNS does not look into."""
        try:
            return msgspec.convert(self.fields, PodSpec)
        except msgspec.ValidationError:
            return PodSpec()


class PodAdviser:
    """Judges the specs of Pods among the `given` objects of a cluster, in their order."""

    def __init__(self, survey: Survey, given: Mapping[Key, object]) -> None:
        self._survey = survey
        self._manifests = survey.manifests
        self._given = given
        self._finder = Finder(survey.zone)
        self._told: set[tuple[Key, Path, str]] = set()  # of ConfigMaps, which several workloads may read

    def advise(self) -> Iterator[Advice]:
        """All advice about Pods and workloads."""
        for written in self._written():
            yield from advise_search_list(self._survey, written.about, written.path, written.spec)
            yield from self._advise_names(written)

    def _written(self) -> Iterator[Written]:
        pods = set()
        for key in self._given:
            thing = self._survey.cluster.get(key)
            if thing is None or self._is_made(thing):
                continue
            if isinstance(thing, Pod):
                pods.add(key)
            elif isinstance(fields := template_of(thing).get("spec"), dict):
                yield Written(key, _CRON_TEMPLATE if isinstance(thing, CronJob) else _TEMPLATE, fields)
        for key, value in self._manifests.whole("Pod") if pods else ():
            if key in pods and isinstance(fields := value.get("spec"), dict):
                yield Written(key, ("spec",), fields)

    def _is_made(self, thing: Object) -> bool:
        """Was the object made of another that is given too?"""
        owners = {(owner.kind, (thing.namespace, owner.name)) for owner in thing.metadata.owner_references}
        return any(Key(kind, *name) in self._given for kind, name in owners | owners_of(thing))

    def _advise_names(self, written: Written) -> Iterator[Advice]:
        client: Client | None = None
        for value in values_of(written.about, written.path, written.fields, self._config_maps):
            for host in self._finder.hosts(value.key, value.text):
                client = client or Client(self._survey, written.about.namespace, written.spec, _aliases(written.fields))
                missing = client.absence(host)
                if missing and self._is_new(value, host.name) and not self._may_be_made(missing.target):
                    where = "" if value.about == written.about else f" for {written.about}"
                    message = f"{host.name} does not resolve{where}: {missing.reason}"
                    yield Advice(Code.NAME_NOT_FOUND, value.about, value.path, message, missing.hint)

    def _is_new(self, value: Value, name: str) -> bool:
        said = (value.about, value.path, name)
        is_new = said not in self._told
        self._told.add(said)
        return is_new

    def _may_be_made(self, target: Target) -> bool:
        return self._manifests.may_make(target.namespace, _parts(target.service))

    @cached_property
    def _config_maps(self) -> Mapping[tuple[str, str], Mapping[str, Any]]:
        found = {}
        for key, value in self._manifests.whole("ConfigMap"):
            data = value.get("data")
            found[key.namespace, key.name] = data if isinstance(data, dict) else {}
        return found


def _aliases(fields: dict[str, Any]) -> Iterator[str]:
    """The names that a Pod has in its own /etc/hosts."""
    aliases = fields.get("hostAliases")
    for alias in aliases if isinstance(aliases, list) else ():
        names = alias.get("hostnames") if isinstance(alias, dict) else None
        yield from (name for name in (names if isinstance(names, list) else ()) if isinstance(name, str))


def _parts(name: str) -> set[str]:
    """The words that a name may be made of: `main-kafka-0` of `main`, `main-kafka`, `kafka` and so on."""
    words = name.split("-")
    return {"-".join(words[start:end]) for start, end in combinations(range(len(words) + 1), 2)}
