"""Addresses with ports, as arguments of plugins: `[::1]:53`, `tls://9.9.9.9`, `/etc/resolv.conf`.

Knows CoreDNS's reading (plugin/pkg/parse/host.go, Go's net.SplitHostPort). Takes text and returns text or raises
ValueError. Must not know who connects or listens; what a file holds comes in.
"""

from collections.abc import Callable

from clusterdns.corefile.errors import quoted
from clusterdns.corefile.keys import DEFAULT_PORTS
from clusterdns.corefile.values import parse_ip
from clusterdns.corefile.zones import split_transport


def split_host_port(text: str) -> tuple[str, str]:
    """Splits `host:port`, `[host]:port` or `:port`. Raises `ValueError` if there is no port.

    Neither half is looked into; the brackets are dropped (Go's net.SplitHostPort).
    """
    host, colon, port = text.rpartition(":")
    bracketed = text.startswith("[")
    if bracketed:
        host, closed, port = text[1:].partition("]")
        colon, port = port[:1], port[1:]
        if not closed:
            raise ValueError(f"{quoted(text)} lacks a ']'")
    if colon != ":" or (bracketed and ":" in port):
        raise ValueError(f"{quoted(text)} has no port")
    if ":" in host and not bracketed:
        raise ValueError(f"{quoted(text)} has too many colons: write [ADDRESS]:PORT")
    if set("[]") & set(host + port):
        raise ValueError(f"{quoted(text)} has a bracket too many")
    return host, port


def join_host_port(host: str, port: str | int) -> str:
    """Writes `host:port`, with brackets around an IPv6 address."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def host_port(text: str, default_port: int = 53) -> str:
    """An IP address with its port, `default_port` if it has none. Raises `ValueError` if it is no IP address."""
    try:
        host, port = split_host_port(text)
    except ValueError:
        host, port = text, ""
    parse_ip(_without_zone(host))
    return join_host_port(host, port or default_port)


def host_ports_or_file(text: str, read: Callable[[str], str]) -> list[str]:
    """The servers that `text` names: an address, with or without scheme and port, or a file like resolv.conf.

    A server without port gets that of its scheme; `dns://` is left out where CoreDNS leaves it out. `read`
    returns the text of a file or raises `OSError`. The list is empty if a file names no servers. Raises `ValueError` if
    `text` is neither.
    """
    transport, rest = split_transport(text)
    if not rest:
        raise ValueError(f"{quoted(text)} is not an address")
    if transport == "unix":
        return [text]
    try:
        host, _ = split_host_port(rest)
        known = text
    except ValueError:
        rest = host = rest.strip("[]")
        scheme = "" if transport == "dns" else f"{transport}://"
        known = scheme + join_host_port(host, DEFAULT_PORTS[transport])
    try:
        parse_ip(_without_zone(host))
        return [known]
    except ValueError:
        pass
    try:
        return _nameservers(read(rest))
    except (OSError, ValueError):
        raise ValueError(f"{quoted(text)} is not an IP address or a file") from None


def _nameservers(resolv_conf: str) -> list[str]:
    lines = [line.split() for line in resolv_conf.splitlines()]
    return [join_host_port(_without_zone(line[1]), 53) for line in lines if line[:1] == ["nameserver"] and line[1:]]


def _without_zone(host: str) -> str:
    address, mark, zone = host.rpartition("%")
    return address if mark else zone
