# pods verified: only addresses that a Pod of the namespace has, which has not ended and is not being deleted.

Corefile
    cluster.local {
        kubernetes {
            pods verified
        }
    }

apply
    {kind: Namespace, metadata: {name: default}}
    ---
    {kind: Namespace, metadata: {name: other}}
    ---
    {kind: Pod, metadata: {name: a}, status: {podIP: 10.244.0.7, podIPs: [{ip: 10.244.0.7}, {ip: "fd00::7"}], phase: Running}}
    ---
    {kind: Pod, metadata: {name: done}, status: {podIP: 10.244.0.8, phase: Succeeded}}
    ---
    {kind: Pod, metadata: {name: going, deletionTimestamp: "2026-01-01T00:00:00Z"}, status: {podIP: 10.244.0.9, phase: Running}}
    ---
    {kind: Pod, metadata: {name: b}, status: {podIP: "fd00::a", phase: Pending}}
    ---
    {kind: Pod, metadata: {name: shares}, status: {podIP: 10.244.0.7, phase: Running}}

> 10-244-0-7.default.pod.cluster.local. A
NOERROR aa
10-244-0-7.default.pod.cluster.local. 5 A 10.244.0.7
# both Pods with the address count
> 10-244-0-7.default.pod.cluster.local. SRV
NOERROR aa
10-244-0-7.default.pod.cluster.local. 5 SRV 0 50 0 10-244-0-7.default.pod.cluster.local.
additional 10-244-0-7.default.pod.cluster.local. 5 A 10.244.0.7
> 10-244-0-7.other.pod.cluster.local. A
NXDOMAIN aa
authority cluster.local. 5 SOA …
> 10-244-0-8.default.pod.cluster.local. A
NXDOMAIN aa
authority cluster.local. 5 SOA …
> 10-244-0-9.default.pod.cluster.local. A
NXDOMAIN aa
authority cluster.local. 5 SOA …

# only the first address of a Pod counts, compared as text
> fd00--7.default.pod.cluster.local. AAAA
NXDOMAIN aa
authority cluster.local. 5 SOA …
> fd00--a.default.pod.cluster.local. AAAA
NOERROR aa
fd00--a.default.pod.cluster.local. 5 AAAA fd00::a
> fd00-0--a.default.pod.cluster.local. AAAA
NXDOMAIN aa
authority cluster.local. 5 SOA …

# a Pod that ends loses its name
delete Pod a
delete Pod shares
> 10-244-0-7.default.pod.cluster.local. A
NXDOMAIN aa
authority cluster.local. 5 SOA …
