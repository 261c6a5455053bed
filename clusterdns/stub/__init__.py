"""The client's side of DNS: what a stub resolver in a Pod asks, name after name, and why.

Knows the resolv.conf of a Pod as the kubelet makes it, and how resolvers walk the search list. Must not know sockets,
clock, files: objects and text come in, values go out, and who walks says what each question was answered.

The file of a Pod::

    made = resolv_conf_of(cluster, "shop", "orders-0", domain="cluster.local", host=parse_resolv_conf(text))
    made.conf.search                 # ("shop.svc.cluster.local", "svc.cluster.local", "cluster.local", ...)
    made.warnings                    # what the kubelet left out, a sentence each
    encode_resolv_conf(made.conf)    # the text of the file

A walk asks, is told, and ends::

    steps = walk("musl", made.conf, "web", (codes.A, codes.AAAA))
    ask = next(steps)
    try:
        while True:                  # ask.name is absolute, ask.types go out together, ask.why is a sentence
            ask = steps.send({rtype: Heard(codes.NXDOMAIN) for rtype in ask.types})
    except StopIteration as stop:
        ended = stop.value           # ended.name or ended.error, and ended.why
"""

from clusterdns.stub.hosts import hostname_of, hosts_of
from clusterdns.stub.kubelet import Made, NotThere, dns_address, resolv_conf_for, resolv_conf_of
from clusterdns.stub.limits import limits_elsewhere
from clusterdns.stub.resolvconf import ResolvConf, encode_resolv_conf, parse_resolv_conf
from clusterdns.stub.steps import Ask, Ended, Heard, Walk, heard_of
from clusterdns.stub.walk import RESOLVERS, walk

__all__ = [
    "RESOLVERS",
    "Ask",
    "Ended",
    "Heard",
    "Made",
    "NotThere",
    "ResolvConf",
    "Walk",
    "dns_address",
    "encode_resolv_conf",
    "heard_of",
    "hostname_of",
    "hosts_of",
    "limits_elsewhere",
    "parse_resolv_conf",
    "resolv_conf_for",
    "resolv_conf_of",
    "walk",
]
