"""Rules about single values that every kind shares: names, labels, addresses, ports, as Kubernetes 1.34 has them.

Each rule takes the path of a value and yields what is wrong with it, nothing as a rule. `servable` is false where a
DNS cannot answer with the value either: no name has a label of 64 bytes, no A record an address that is none.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address

from clusterdns.cluster.problems import Finding, Path

_DNS_LABEL = re.compile(r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?")
_DNS_1035_LABEL = re.compile(r"[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?")
_SUBDOMAIN = re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*")
_LABEL_WORD = re.compile(r"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_SERVICE_NAME = re.compile(r"(?=.{1,15}$)(?=.*[a-z])[a-z0-9]+(?:-[a-z0-9]+)*")  # RFC 6335, section 5.1
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4 = re.compile(rf"{_OCTET}(?:\.{_OCTET}){{3}}")
_SPECIAL_IPV4 = ("0.0.0.0", "127.", "169.254.", "224.0.0.")

PROTOCOLS = frozenset({"TCP", "UDP", "SCTP"})

LABEL_HINT = "lower-case letters, digits and '-', a letter or digit at both ends, at most 63"
DNS_1035_HINT = "lower-case letters, digits and '-', a letter first, a letter or digit last, at most 63"
SUBDOMAIN_HINT = "lower-case letters, digits, '-' and '.', a letter or digit at both ends of each part, at most 253"


def dns_label(path: Path, text: str) -> Iterator[Finding]:
    """A label of RFC 1123: names of namespaces, hostnames, names of a Service's ports."""
    if not _DNS_LABEL.fullmatch(text):
        yield Finding(path, f"{text!r} is not a DNS label", LABEL_HINT, is_servable_label(text))


def dns_1035_label(path: Path, text: str) -> Iterator[Finding]:
    """A label of RFC 1035, which begins with a letter: names of Services."""
    if not _DNS_1035_LABEL.fullmatch(text):
        yield Finding(path, f"{text!r} is not a DNS label of RFC 1035", DNS_1035_HINT, is_servable_label(text))


def subdomain(path: Path, text: str, *, servable: bool = True) -> Iterator[Finding]:
    """A DNS name in lower case: names of most kinds, what an ExternalName points at."""
    if len(text) > 253 or not _SUBDOMAIN.fullmatch(text):
        yield Finding(path, f"{text!r} is not a DNS name", SUBDOMAIN_HINT, servable)


def is_servable_label(text: str) -> bool:
    """Whether a DNS can have the text as one label (RFC 1035 section 2.3.4)."""
    return 0 < len(text) <= 63 and text.isascii() and text.isprintable() and not set(text) & {".", " ", "\\"}


def labels(path: Path, values: Mapping[str, str]) -> Iterator[Finding]:
    """Labels of an object, or the labels that a selector asks for."""
    for key, value in values.items():
        yield from label_key((*path, key), key)
        yield from label_value((*path, key), value)


def label_key(path: Path, key: str) -> Iterator[Finding]:
    prefix, slash, name = key.rpartition("/")
    well_prefixed = not slash or (len(prefix) <= 253 and _SUBDOMAIN.fullmatch(prefix))
    if not _LABEL_WORD.fullmatch(name) or not well_prefixed:
        yield Finding(path, f"{key!r} is not the name of a label", "such as app or example.com/app, 63 after the /")


def label_value(path: Path, value: str) -> Iterator[Finding]:
    if value and not _LABEL_WORD.fullmatch(value):
        hint = "letters, digits, '-', '_' and '.', a letter or digit at both ends, at most 63"
        yield Finding(path, f"{value!r} is not the value of a label", hint)


def port_number(path: Path, number: int) -> Iterator[Finding]:
    if not 1 <= number <= 65535:
        yield Finding(path, f"{number} is not a port", "1 to 65535", number == 0)


def port_name(path: Path, name: str) -> Iterator[Finding]:
    """The name of a container's port (IANA service name, RFC 6335 section 5.1)."""
    if not _SERVICE_NAME.fullmatch(name):
        hint = "lower-case letters, digits and single '-' between them, at least one letter, at most 15"
        yield Finding(path, f"{name!r} is not the name of a port", hint)


def one_of(path: Path, value: str, allowed: Collection[str], *, servable: bool = True) -> Iterator[Finding]:
    if value not in allowed:
        yield Finding(path, f"{value!r} is not one of {', '.join(sorted(filter(None, allowed)))}", servable=servable)


def not_negative(path: Path, number: int | None) -> Iterator[Finding]:
    if number is not None and not 0 <= number < 2**31:
        yield Finding(path, f"{number} is not a count", "0 or more", servable=False)


def unique(paths_and_values: Iterable[tuple[Path, object]], what: str) -> Iterator[Finding]:
    """Each value that was there before, reported at its own path."""
    seen = set()
    for path, value in paths_and_values:
        if value in seen:
            yield Finding(path, f"{what} is there twice")
        seen.add(value)


def address(path: Path, text: str) -> Iterator[Finding]:
    """An IPv4 or IPv6 address."""
    if not _IPV4.fullmatch(text) and parse_address(text) is None:
        yield _no_address(path, text, "an IP address")


def address_of_family(path: Path, text: str, family: str) -> Iterator[Finding]:
    """An address of a family, which is "IPv4" or "IPv6"."""
    if family == "IPv4" and _IPV4.fullmatch(text):
        return
    parsed = parse_address(text)
    if parsed is None:
        yield _no_address(path, text, f"an {family} address")
    elif f"IPv{parsed.version}" != family:
        yield Finding(path, f"{text} is not an {family} address")


def _no_address(path: Path, text: str, wanted: str) -> Finding:
    if text.count(".") == 3 and parse_address(plain := re.sub(r"\b0+(?=[0-9])", "", text)):
        return Finding(path, f"{text!r} has leading zeros, which some programs read as octal", plain, servable=False)
    return Finding(path, f"{text!r} is not {wanted}", servable=False)


def parse_address(text: str) -> IPv4Address | IPv6Address | None:
    """The address that Kubernetes reads from the text, None if it is none. A zone (`fe80::1%eth0`) is none."""
    try:
        return ip_address(text) if "%" not in text else None
    except ValueError:
        return None


def reachable_address(path: Path, text: str) -> Iterator[Finding]:
    """An address that endpoints may have: none that means another machine on each machine."""
    if _IPV4.fullmatch(text) and not text.startswith(_SPECIAL_IPV4):
        return
    parsed = parse_address(text)
    if parsed is None:
        return
    mapped = parsed.ipv4_mapped if parsed.version == 6 else None
    parsed = mapped or parsed
    kinds = {
        "the unspecified address": parsed.is_unspecified,
        "a loopback address": parsed.is_loopback,
        "a link-local address": parsed.is_link_local,
        "a link-local multicast address": parsed.is_multicast and _is_link_local_multicast(parsed),
    }
    for kind, is_kind in kinds.items():
        if is_kind:
            yield Finding(path, f"{text} is {kind}, which no endpoint may have")


def _is_link_local_multicast(parsed: IPv4Address | IPv6Address) -> bool:
    return parsed.packed[:3] == b"\xe0\x00\x00" if parsed.version == 4 else parsed.packed[1] & 0x0F == 2
