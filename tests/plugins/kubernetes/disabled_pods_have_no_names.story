# Without the option there are no names of Pods, and not even of their namespaces.

apply
    {kind: Namespace, metadata: {name: default}}
    ---
    {kind: Pod, metadata: {name: a}, status: {podIP: 10.244.0.7, phase: Running}}

> 10-244-0-7.default.pod.cluster.local. A
NXDOMAIN aa
authority cluster.local. 5 SOA …
> default.pod.cluster.local. A
NXDOMAIN aa
authority cluster.local. 5 SOA …
> pod.cluster.local. A
NOERROR aa
authority cluster.local. 5 SOA …
