"""Names of hosts in what a container is told: in URLs, as HOST:PORT, in the shape of a Service's name.

To take for a name what is none would be a false alarm, so what is doubtful is left out: parts of names that are put
together (`$(POD).db`, `${HOST}`, `{{ .Host }}`, `*.svc`), and words whose meaning nothing tells. Knows text only.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

_SCHEMES: Final = (
    "amqps?", "bolt", "clickhouse", "etcd", "ftp", "grpcs?", "h2c", "hive2", "https?", "jaeger", "kafka", "ldaps?",
    "mariadb", "memcached?", "mongodb(?:\\+srv)?", "mqtts?", "mssql", "mysql", "nats", "neo4j", "otlp", "plaintext",
    "postgres(?:ql)?", "pulsar", "rediss?", "sasl_plaintext", "sasl_ssl", "smtps?", "sqlserver", "ssl", "statsd",
    "syslog", "tcp", "thrift", "tls", "trino", "udp", "wss?", "zipkin", "zk", "zookeeper",
)  # fmt: skip
"""Of URLs that begin with the name of a host. In others (`s3`, `gs`, `unix`, `oci`) stands something else."""
_LABEL: Final = r"[a-z0-9_](?:[-a-z0-9_]{0,61}[a-z0-9_])?"
_URL: Final = re.compile(rf"\b(?:(?:{'|'.join(_SCHEMES)})://|(?:dns|xds):///)([^\s/?#;'\"<>\\`|]+)", re.IGNORECASE)
_NAME: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?", re.IGNORECASE)
_PORT: Final = re.compile(r":[0-9]{1,5}")
_LIKELY_PORT: Final = re.compile(r":[0-9]{3,5}")
"""Of what need not be a host: `redis:7` is an image, `web:80` is either."""
_BELOW_SVC: Final = rf"(?<![-\w.$(){{}}%*/<>])(?:{_LABEL}\.){{2,}}svc(?:\.ZONE)?(?![-\w$({{%]|\.[\w$({{%])"
_COMMENT: Final = re.compile(r"^\s*#.*$", re.MULTILINE)
_HOST_KEY: Final = re.compile(
    r".*_(?:HOST|HOSTNAME|ADDR|ADDRESS|ENDPOINT|URL|URI|SERVER|BROKER|SEED|UPSTREAM)(?:S|ES)?|[A-Z]+HOST"
)
"""Names of variables and flags whose value is where something is found."""
_OWN_KEY: Final = re.compile(
    r"(?:.*_)?(?:LISTEN|BIND|ADVERTISED?|PUBLIC|EXTERNAL|VIRTUAL|ALLOWED|TRUSTED|COOKIE|NO_PROXY|METRICS)(?:_.*)?|"
    r"(?:.*_)?(?:IMAGE|USER|OWNER)"
)
"""Those whose value is where the container itself is found, or no host at all."""
_NOT_HOSTS: Final = frozenset({
    "all", "any", "auto", "default", "disabled", "enabled", "false", "host", "local", "localhost", "memory",
    "metadata", "no", "none", "null", "off", "on", "self", "stdout", "true", "unix", "yes",
})  # fmt: skip


class Host(NamedTuple):
    """A name in lower case, as it is written but for a dot at the end.

    `sure` tells that it is looked up, and not only that it may be: HOST:PORT may be USER:GROUP.
    """

    name: str
    sure: bool


class Finder:
    """Finds names for a cluster with the domain `zone`."""

    def __init__(self, zone: str) -> None:
        self._zone = zone.lower()
        self._below_svc = re.compile(_BELOW_SVC.replace("ZONE", re.escape(zone)), re.IGNORECASE)

    def hosts(self, key: str, text: str) -> list[Host]:
        """The names in the value of a variable or flag called `key`, each once; `key` may be empty."""
        found: dict[str, bool] = {}
        for host in self._hosts(key, _COMMENT.sub("", text)):
            name = host.name.lower().removesuffix(".")
            if _is_host(name):
                found[name] = found.get(name, False) or host.sure
        return [Host(name, sure) for name, sure in found.items()]

    def _hosts(self, key: str, text: str) -> Iterator[Host]:
        for url in _URL.finditer(text):
            for part in url[1].rpartition("@")[2].split(","):
                yield from _with_port(part, sure=True)
        for name in self._below_svc.finditer(text):
            yield Host(name[0], sure=True)
        if "://" in text or not text.strip() or any(space in text for space in " \t\n"):
            return
        words = _words(key)
        if _OWN_KEY.fullmatch(words):
            return
        known = _HOST_KEY.fullmatch(words) is not None
        for part in text.split(","):
            yield from _with_port(part, sure=known)


def _with_port(text: str, *, sure: bool) -> Iterator[Host]:
    """HOST:PORT, or, if it is `sure` that this is one, HOST."""
    name = _NAME.match(text)
    rest = text[name.end() :] if name else ""
    if name and (_PORT.fullmatch(rest) or not rest if sure else _LIKELY_PORT.fullmatch(rest)):
        yield Host(name[0], sure)


def _is_host(name: str) -> bool:
    """Could it be a host of a cluster? No address, no placeholder, none of the words that stand where a host might."""
    return name not in _NOT_HOSTS and "_" not in name and any(map(str.isalpha, name.rpartition(".")[2]))


def _words(key: str) -> str:
    """`REDIS_ADDR` for `--redis-addr` and `redisAddr`."""
    return re.sub(r"\W", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key.lstrip("-"))).upper()
