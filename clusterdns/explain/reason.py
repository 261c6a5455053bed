"""A reason: a code that does not change, a sentence for people, and what would do.

Knows no rule. The codes stand in the order of their use to somebody who has to choose one sentence.
"""

from enum import StrEnum
from typing import NamedTuple

from clusterdns.advice.advice import Advice
from clusterdns.cluster.objects import Key
from clusterdns.cluster.problems import Path, describe_path


class Code(StrEnum):
    """What a reason is about. docs/explain.md explains each; the first of two is the more useful one."""

    REFUSED_OBJECT = "refused-object"
    OTHER_RESOLVER = "other-resolver"
    # A difference between a running server and the manifests.
    SERVER_STALE = "server-stale"
    SERVER_DIFFERS = "server-differs"
    WILDCARD = "wildcard"
    HIDDEN = "hidden"
    # The Service, or what is behind it, is there, and not as it was meant.
    EXTERNAL_NAME_ADDRESS = "external-name-address"
    EXTERNAL_NAME_RELATIVE = "external-name-relative"
    EXTERNAL_NAME_NOT_FOUND = "external-name-not-found"
    EXTERNAL_NAME_ALONE = "external-name-alone"
    SELECTOR_MATCHES_NOTHING = "selector-matches-nothing"
    NOT_READY = "not-ready"
    NO_PODS = "no-pods"
    STATEFULSET_WITHOUT_SERVICE = "statefulset-without-service"
    NO_SUCH_ORDINAL = "no-such-ordinal"
    NO_SUBDOMAIN = "no-subdomain"
    NO_HOSTNAME = "no-hostname"
    NO_ENDPOINT = "no-endpoint"
    HEADLESS_WITHOUT_PORTS = "headless-without-ports"
    PORT_WITHOUT_NAME = "port-without-name"
    NO_SUCH_PORT = "no-such-port"
    # Addresses of Pods.
    PODS_DISABLED = "pods-disabled"
    NO_SUCH_POD = "no-such-pod"
    # The name is not quite the one that was meant.
    FINAL_DOT = "final-dot"
    TOO_MANY_DOTS = "too-many-dots"
    STOPPED_EARLY = "stopped-early"
    SWAPPED = "swapped"
    WITHOUT_SVC = "without-svc"
    WITHOUT_NAMESPACE = "without-namespace"
    OTHER_NAMESPACE = "other-namespace"
    WORKLOAD = "workload"
    SIMILAR_NAME = "similar-name"
    WRONG_DOMAIN = "wrong-domain"
    MDNS = "mdns"
    NO_NAMESPACE = "no-namespace"
    NO_SERVICE = "no-service"
    # The type that was asked.
    OTHER_FAMILY = "other-family"
    OTHER_TYPE = "other-type"
    NO_CLUSTER = "no-cluster"
    # The server, its blocks and whom it asks.
    FROM_CACHE = "from-cache"
    NO_BLOCK = "no-block"
    NO_PLUGIN = "no-plugin"
    UPSTREAM_FAILED = "upstream-failed"
    NO_POINTER = "no-pointer"
    UPSTREAM_DENIED = "upstream-denied"
    PLUGIN_DENIED = "plugin-denied"
    NO_REPLY = "no-reply"
    # What an answer is.
    REWRITTEN = "rewritten"
    ALIAS = "alias"
    CLUSTER_ADDRESS = "cluster-address"
    ENDPOINTS = "endpoints"
    PORTS = "ports"
    POD_ADDRESS = "pod-address"
    POINTER = "pointer"
    ANSWERED = "answered"
    # What the search list made.
    SEARCH_COST = "search-cost"
    NAME_SHAPE = "name-shape"
    ONLY_SEARCHED = "only-searched"


RANK = {code: rank for rank, code in enumerate(Code)}
"""How useful a code is, the most useful one 0."""


ANSWERS = range(RANK[Code.REWRITTEN], RANK[Code.SEARCH_COST])
"""The ranks of codes that say what an answer is."""


class Reason(NamedTuple):
    """Why a question was answered as it was. `hint` says what would do, empty if nothing has to be done.

    `path` leads from the object `about` to the value that would have to be another one, if it is a matter of one.
    """

    code: Code
    sentence: str
    hint: str = ""
    about: Key | None = None
    path: Path = ()

    def __str__(self) -> str:
        return f"{self.sentence} → {self.hint}" if self.hint else self.sentence


def reason_of(advice: Advice) -> Reason:
    """The same judgement as `clusterdns check` gives, as a reason."""
    value = describe_path(advice.path[1:])
    where = f"{value} of {advice.about}" if value else str(advice.about)
    return Reason(Code(advice.code), f"{where}: {advice.message}", advice.hint, advice.about, advice.path)
