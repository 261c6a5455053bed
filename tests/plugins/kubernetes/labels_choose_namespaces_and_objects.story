# namespace_labels chooses Namespaces, though not in PTR records; labels chooses Services, EndpointSlices and Pods.

Corefile
    . {
        kubernetes cluster.local 10.in-addr.arpa {
            namespace_labels team in (a, b)
            labels tier=gold,!old
            pods verified
        }
    }

apply
    {kind: Namespace, metadata: {name: default, labels: {team: a}}}
    ---
    {kind: Namespace, metadata: {name: other, labels: {team: c}}}
    ---
    {kind: Service, metadata: {name: web, labels: {tier: gold}}, spec: {clusterIP: 10.96.0.1}}
    ---
    {kind: Service, metadata: {name: tin, labels: {tier: tin}}, spec: {clusterIP: 10.96.0.2}}
    ---
    {kind: Service, metadata: {name: old, labels: {tier: gold, old: ""}}, spec: {clusterIP: 10.96.0.3}}
    ---
    {kind: Service, metadata: {name: web, namespace: other, labels: {tier: gold}}, spec: {clusterIP: 10.96.0.4}}
    ---
    kind: EndpointSlice
    metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}
    endpoints: [{addresses: [10.244.0.1]}]
    ---
    {kind: Pod, metadata: {name: a, labels: {tier: gold}}, status: {podIP: 10.244.0.7}}
    ---
    {kind: Pod, metadata: {name: b}, status: {podIP: 10.244.0.8}}

> web.default.svc.cluster.local. A
NOERROR aa
web.default.svc.cluster.local. 5 A 10.96.0.1
> tin.default.svc.cluster.local. A
NXDOMAIN aa
authority cluster.local. 5 SOA …
> old.default.svc.cluster.local. A
NXDOMAIN aa
authority cluster.local. 5 SOA …
> 10-244-0-1.web.default.svc.cluster.local. A
NXDOMAIN aa
authority cluster.local. 5 SOA …
> 10-244-0-7.default.pod.cluster.local. A
NOERROR aa
10-244-0-7.default.pod.cluster.local. 5 A 10.244.0.7
> 10-244-0-8.default.pod.cluster.local. A
NXDOMAIN aa
authority cluster.local. 5 SOA …
> web.other.svc.cluster.local. A
NXDOMAIN aa
authority cluster.local. 5 SOA …
> 4.0.96.10.in-addr.arpa. PTR
NOERROR aa
4.0.96.10.in-addr.arpa. 5 PTR web.other.svc.cluster.local.

# another label, and the Service is gone
apply
    {kind: Service, metadata: {name: web, labels: {tier: tin}}, spec: {clusterIP: 10.96.0.1}}
> web.default.svc.cluster.local. A
NXDOMAIN aa
authority cluster.local. 5 SOA …
