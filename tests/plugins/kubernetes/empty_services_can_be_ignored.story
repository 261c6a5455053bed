# ignore empty_service: a Service without a ready endpoint has no name; headless ones and aliases are as ever.

Corefile
    cluster.local {
        kubernetes {
            ignore empty_service
        }
    }

apply
    {kind: Namespace, metadata: {name: default}}
    ---
    {kind: Service, metadata: {name: web}, spec: {clusterIP: 10.96.0.1, ports: [{name: http, port: 80}]}}
    ---
    {kind: Service, metadata: {name: alias}, spec: {type: ExternalName, externalName: example.org}}
    ---
    kind: EndpointSlice
    metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}
    endpoints: [{addresses: [10.244.0.1], conditions: {ready: false}}]

> web.default.svc.cluster.local. A
NXDOMAIN aa
authority cluster.local. 5 SOA …
> web.default.svc.cluster.local. SRV
NXDOMAIN aa
authority cluster.local. 5 SOA …
> alias.default.svc.cluster.local. CNAME
NOERROR aa
alias.default.svc.cluster.local. 5 CNAME example.org.

apply
    kind: EndpointSlice
    metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}
    endpoints: [{addresses: [10.244.0.1]}]
> web.default.svc.cluster.local. A
NOERROR aa
web.default.svc.cluster.local. 5 A 10.96.0.1
