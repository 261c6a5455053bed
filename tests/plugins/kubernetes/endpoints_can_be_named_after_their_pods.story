# endpoint_pod_names: hostname first, then the Pod's name if it can be a label, then the address.

Corefile
    cluster.local {
        kubernetes {
            endpoint_pod_names
            ttl 3600
        }
    }

apply
    {kind: Namespace, metadata: {name: default}}
    ---
    {kind: Service, metadata: {name: db}, spec: {clusterIP: None}}
    ---
    kind: EndpointSlice
    metadata: {name: db-1, labels: {kubernetes.io/service-name: db}}
    endpoints:
    - {addresses: [10.244.0.1], hostname: first, targetRef: {kind: Pod, name: db-7xk2p}}
    - {addresses: [10.244.0.2], targetRef: {kind: Pod, name: db-9qq4z}}
    - {addresses: [10.244.0.3], targetRef: {kind: Pod, name: a234567890123456789012345678901234567890123456789012345678901234}}

> first.db.default.svc.cluster.local. A
NOERROR aa
first.db.default.svc.cluster.local. 3600 A 10.244.0.1
> db-9qq4z.db.default.svc.cluster.local. A
NOERROR aa
db-9qq4z.db.default.svc.cluster.local. 3600 A 10.244.0.2
> 10-244-0-3.db.default.svc.cluster.local. A
NOERROR aa
10-244-0-3.db.default.svc.cluster.local. 3600 A 10.244.0.3
> db-7xk2p.db.default.svc.cluster.local. A
NXDOMAIN aa
authority cluster.local. 300 SOA ns.dns.cluster.local. hostmaster.cluster.local. 1 7200 1800 86400 3600
