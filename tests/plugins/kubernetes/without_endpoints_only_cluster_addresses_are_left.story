# noendpoints: headless Services, endpoints and their PTR records are gone.

Corefile
    . {
        kubernetes cluster.local 10.in-addr.arpa {
            noendpoints
            ttl 0
        }
    }

apply
    {kind: Namespace, metadata: {name: default}}
    ---
    {kind: Service, metadata: {name: web}, spec: {clusterIP: 10.96.0.1, ports: [{name: http, port: 80}]}}
    ---
    {kind: Service, metadata: {name: db}, spec: {clusterIP: None}}
    ---
    kind: EndpointSlice
    metadata: {name: db-1, labels: {kubernetes.io/service-name: db}}
    endpoints: [{addresses: [10.244.0.1]}]

> web.default.svc.cluster.local. A
NOERROR aa
web.default.svc.cluster.local. 0 A 10.96.0.1
> db.default.svc.cluster.local. A
NXDOMAIN aa
authority cluster.local. 0 SOA ns.dns.cluster.local. hostmaster.cluster.local. 1 7200 1800 86400 0
> 10-244-0-1.db.default.svc.cluster.local. A
NXDOMAIN aa
authority cluster.local. 0 SOA …
> 1.0.244.10.in-addr.arpa. PTR
NXDOMAIN aa
authority 10.in-addr.arpa. 0 SOA …
