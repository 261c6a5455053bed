# namespaces: a Namespace must be listed and must exist; PTR records respect it.

Corefile
    . {
        kubernetes cluster.local 10.in-addr.arpa {
            namespaces shown unborn
        }
    }

apply
    {kind: Namespace, metadata: {name: shown}}
    ---
    {kind: Namespace, metadata: {name: hidden}}
    ---
    {kind: Service, metadata: {name: web, namespace: shown}, spec: {clusterIP: 10.96.0.1}}
    ---
    {kind: Service, metadata: {name: web, namespace: hidden}, spec: {clusterIP: 10.96.0.2}}
    ---
    {kind: Service, metadata: {name: web, namespace: unborn}, spec: {clusterIP: 10.96.0.3}}
    ---
    kind: EndpointSlice
    metadata: {name: web-1, namespace: shown, labels: {kubernetes.io/service-name: web}}
    endpoints: [{addresses: [10.96.0.2]}]

> web.shown.svc.cluster.local. A
NOERROR aa
web.shown.svc.cluster.local. 5 A 10.96.0.1
> web.hidden.svc.cluster.local. A
NXDOMAIN aa
authority cluster.local. 5 SOA …
> hidden.svc.cluster.local. A
NXDOMAIN aa
authority cluster.local. 5 SOA …
> web.unborn.svc.cluster.local. A
NXDOMAIN aa
authority cluster.local. 5 SOA …

# the hidden Service doesn't hide the endpoint on its address
> 2.0.96.10.in-addr.arpa. PTR
NOERROR aa
2.0.96.10.in-addr.arpa. 5 PTR 10-96-0-2.web.shown.svc.cluster.local.
> 3.0.96.10.in-addr.arpa. PTR
NXDOMAIN aa
authority 10.in-addr.arpa. 5 SOA …

apply
    {kind: Namespace, metadata: {name: unborn}}
> web.unborn.svc.cluster.local. A
NOERROR aa
web.unborn.svc.cluster.local. 5 A 10.96.0.3
