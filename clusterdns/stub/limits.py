"""What others make of a long resolv.conf: older kubelets, other resolvers. Values in, sentences out."""

from typing import Final

from clusterdns.stub.resolvconf import ResolvConf

OLD_SEARCHES: Final = 6
OLD_OCTETS: Final = 256
MUSL_LINE: Final = 254  # octets of a line that musl reads; a longer one it leaves out


def limits_elsewhere(conf: ResolvConf) -> list[str]:
    """A sentence on each limit that a file exceeds which not everybody has."""
    line = " ".join(conf.search)
    sentences = []
    if len(conf.search) > OLD_SEARCHES or len(line) > OLD_OCTETS:
        sentences.append(
            f"before Kubernetes 1.28 the kubelet kept at most {OLD_SEARCHES} search domains of {OLD_OCTETS} characters "
            f"in all, and glibc before 2.26 reads no more; these are {len(conf.search)} of {len(line)}"
        )
    if exceeds_musl(conf):
        sentences.append(
            f"musl (Alpine) ignores a search line of more than {MUSL_LINE} characters as a whole, so there short "
            "names do not resolve"
        )
    return sentences


def exceeds_musl(conf: ResolvConf) -> bool:
    return len(f"search {' '.join(conf.search)}") > MUSL_LINE
