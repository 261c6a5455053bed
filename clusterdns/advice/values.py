"""What containers are told: their variables, arguments and commands, with what comes from ConfigMaps.

Knows the shape of a Pod's spec as it is given, which may be wrong in any field that means nothing to DNS.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from clusterdns.cluster.objects import Key
from clusterdns.cluster.problems import Path

ConfigMaps = Mapping[tuple[str, str], Mapping[str, Any]]
"""The data of ConfigMaps by namespace and name."""

_CONTAINERS: Final = ("initContainers", "containers")


class Value(NamedTuple):
    """A text that a container is told, the object that says it, and where in that.

    `key` is the variable's name or the flag's, if it has one.
    """

    about: Key
    path: Path
    key: str
    text: str


def values_of(about: Key, path: Path, spec: dict[str, Any], config_maps: ConfigMaps) -> Iterator[Value]:
    """What the containers of a Pod's spec are told; the spec stands at `path` of the object `about`."""
    for field in _CONTAINERS:
        for index, container in _maps(spec.get(field)):
            here = (*path, field, index)
            for name in ("command", "args"):
                yield from _arguments(about, (*here, name), container.get(name))
            for number, variable in _maps(container.get("env")):
                yield from _variable(about, (*here, "env", number), variable, config_maps)
            for _, source in _maps(container.get("envFrom")):
                yield from _all_of(about, source, config_maps)


def _arguments(about: Key, path: Path, words: Any) -> Iterator[Value]:
    """Words of a command line; that of `--redis-addr=cache:6379` or of `--redis-addr cache:6379` is called so."""
    flag = ""
    for index, word in enumerate(words if isinstance(words, list) else ()):
        if not isinstance(word, str):
            continue
        is_flag = word.startswith("-")
        name, equals, text = word.partition("=") if is_flag else (flag, "=", word)
        if equals:
            yield Value(about, (*path, index), name, text)
        flag = name if is_flag and not equals else ""


def _variable(about: Key, path: Path, variable: dict[str, Any], config_maps: ConfigMaps) -> Iterator[Value]:
    name, text = variable.get("name"), variable.get("value")
    if not isinstance(name, str):
        return
    if isinstance(text, str):
        yield Value(about, (*path, "value"), name, text)
    reference = _map(_map(variable.get("valueFrom")).get("configMapKeyRef"))
    config_map, key = reference.get("name"), reference.get("key")
    if isinstance(config_map, str) and isinstance(key, str):
        told = config_maps.get((about.namespace, config_map), {}).get(key)
        if isinstance(told, str):
            yield Value(Key("ConfigMap", about.namespace, config_map), ("data", key), name, told)


def _all_of(about: Key, source: dict[str, Any], config_maps: ConfigMaps) -> Iterator[Value]:
    """Each key of a ConfigMap as a variable (`envFrom`)."""
    name = _map(source.get("configMapRef")).get("name")
    if isinstance(name, str):
        for key, text in config_maps.get((about.namespace, name), {}).items():
            if isinstance(text, str):
                prefix = source.get("prefix") or ""
                yield Value(Key("ConfigMap", about.namespace, name), ("data", key), f"{prefix}{key}", text)


def _map(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _maps(values: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    """The maps of a list, each with its index; nothing for what is no list."""
    return ((index, one) for index, one in enumerate(values if isinstance(values, list) else ()) if _map(one))
