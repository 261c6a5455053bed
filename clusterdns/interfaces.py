"""The addresses of this machine's network interfaces.

A thin wrap of ifaddr, imported when first needed, so that the rest of the program gets plain text addresses. Knows no
DNS.
"""


def addresses(interface: str | None = None) -> list[str]:
    """The addresses of all interfaces, or of one by its name; empty if there is none of that name.

    IPv6 link-local addresses carry their interface (`fe80::1%eth0`), without which they mean nothing.
    """
    import ifaddr

    return [
        _text(ip.ip, adapter.name)
        for adapter in ifaddr.get_adapters()
        if interface in (None, adapter.name)
        for ip in adapter.ips
    ]


def _text(ip: str | tuple[str, int, int], interface: str) -> str:
    if isinstance(ip, str):
        return ip
    return f"{ip[0]}%{interface}" if ip[0].startswith("fe80:") else ip[0]
