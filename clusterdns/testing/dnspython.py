"""dnspython's resolvers, which read /etc/resolv.conf themselves, made to read that of a Pod, and put back afterwards.

The default ones of the module, and all that a program makes meanwhile. Knows dnspython; imports it.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from io import StringIO
from os import PathLike, fspath
from typing import Any, Final

from clusterdns.stub import encode_resolv_conf
from clusterdns.testing.pod import PodResolver
from clusterdns.testing.replacing import replaced

_RESOLV_CONF: Final = "/etc/resolv.conf"


@contextmanager
def default_resolvers(pod: PodResolver) -> Iterator[None]:
    """Has dnspython ask the Pod's server, by the Pod's search list and ndots, meanwhile.

    As in a Pod, it walks the search list only if it is told to (`search=True`).
    """
    import dns.asyncresolver
    import dns.resolver

    host, port = pod.server
    text = encode_resolv_conf(replace(pod.conf, nameservers=(host,)))
    read_another = dns.resolver.BaseResolver.read_resolv_conf

    def read_resolv_conf(self: dns.resolver.BaseResolver, f: Any) -> None:
        if isinstance(f, str | PathLike) and fspath(f) == _RESOLV_CONF:
            read_another(self, StringIO(text))
            self.port = port
        else:
            read_another(self, f)

    with ExitStack() as stack:
        stack.enter_context(replaced(dns.resolver.BaseResolver, read_resolv_conf=read_resolv_conf))
        for module in (dns.resolver, dns.asyncresolver):
            stack.enter_context(replaced(module, default_resolver=None))
        yield
