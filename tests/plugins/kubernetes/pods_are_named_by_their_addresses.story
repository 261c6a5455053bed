# pods insecure: any address in a namespace that exists, whether or not a Pod has it.

Corefile
    cluster.local {
        kubernetes {
            pods insecure
        }
    }

apply
    {kind: Namespace, metadata: {name: default}}

> 10-244-0-7.default.pod.cluster.local. A
NOERROR aa
10-244-0-7.default.pod.cluster.local. 5 A 10.244.0.7
> 10-244-0-7.default.pod.cluster.local. AAAA
NOERROR aa
authority cluster.local. 5 SOA …
> fd00--7.default.pod.cluster.local. AAAA
NOERROR aa
fd00--7.default.pod.cluster.local. 5 AAAA fd00::7
> 10-244-0-7.default.pod.cluster.local. SRV
NOERROR aa
10-244-0-7.default.pod.cluster.local. 5 SRV 0 100 0 10-244-0-7.default.pod.cluster.local.
additional 10-244-0-7.default.pod.cluster.local. 5 A 10.244.0.7

# up to two labels on the left don't matter
> any.thing.10-244-0-7.default.pod.cluster.local. A
NOERROR aa
any.thing.10-244-0-7.default.pod.cluster.local. 5 A 10.244.0.7
> and.any.thing.10-244-0-7.default.pod.cluster.local. A
NXDOMAIN aa
authority cluster.local. 5 SOA …

> 10-244-0-007.default.pod.cluster.local. A
NXDOMAIN aa
authority cluster.local. 5 SOA …
> 10-244-0-256.default.pod.cluster.local. A
NXDOMAIN aa
authority cluster.local. 5 SOA …
> web.default.pod.cluster.local. A
NXDOMAIN aa
authority cluster.local. 5 SOA …
> 10-244-0-7.nobody.pod.cluster.local. A
NXDOMAIN aa
authority cluster.local. 5 SOA …
> default.pod.cluster.local. A
NOERROR aa
authority cluster.local. 5 SOA …
