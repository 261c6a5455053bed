# No ports, ports without name or number, hosts as endpoints.

apply
    {kind: Namespace, metadata: {name: default}}
    ---
    {kind: Service, metadata: {name: portless}, spec: {clusterIP: None}}
    ---
    {kind: Service, metadata: {name: unnamed}, spec: {clusterIP: None}}
    ---
    {kind: Service, metadata: {name: anyport}, spec: {clusterIP: None}}
    ---
    {kind: Service, metadata: {name: hosts}, spec: {clusterIP: None}}
    ---
    kind: EndpointSlice
    metadata: {name: portless-1, labels: {kubernetes.io/service-name: portless}}
    endpoints: [{addresses: [10.244.0.1]}]
    ---
    kind: EndpointSlice
    metadata: {name: unnamed-1, labels: {kubernetes.io/service-name: unnamed}}
    endpoints: [{addresses: [10.244.0.2]}]
    ports: [{port: 80}, {name: admin, port: 81}]
    ---
    kind: EndpointSlice
    metadata: {name: anyport-1, labels: {kubernetes.io/service-name: anyport}}
    endpoints: [{addresses: [10.244.0.3]}]
    ports: [{name: http}]
    ---
    kind: EndpointSlice
    metadata: {name: hosts-1, labels: {kubernetes.io/service-name: hosts}}
    addressType: FQDN
    endpoints: [{addresses: [a.example.org]}]
    ports: [{name: http, port: 80}]

> portless.default.svc.cluster.local. A
NOERROR aa
portless.default.svc.cluster.local. 5 A 10.244.0.1
> portless.default.svc.cluster.local. SRV
NOERROR aa
authority cluster.local. 5 SOA …
> anyport.default.svc.cluster.local. SRV
NOERROR aa
authority cluster.local. 5 SOA …
> unnamed.default.svc.cluster.local. SRV
NOERROR aa
unnamed.default.svc.cluster.local. 5 SRV 0 50 80 10-244-0-2.unnamed.default.svc.cluster.local.
unnamed.default.svc.cluster.local. 5 SRV 0 50 81 10-244-0-2.unnamed.default.svc.cluster.local.
additional 10-244-0-2.unnamed.default.svc.cluster.local. 5 A 10.244.0.2

# nothing but underscores asks for any port
> _._tcp.unnamed.default.svc.cluster.local. SRV
NOERROR aa
_._tcp.unnamed.default.svc.cluster.local. 5 SRV 0 50 80 10-244-0-2.unnamed.default.svc.cluster.local.
_._tcp.unnamed.default.svc.cluster.local. 5 SRV 0 50 81 10-244-0-2.unnamed.default.svc.cluster.local.
additional 10-244-0-2.unnamed.default.svc.cluster.local. 5 A 10.244.0.2

> hosts.default.svc.cluster.local. A
NOERROR aa
hosts.default.svc.cluster.local. 5 CNAME a.example.org.
> hosts.default.svc.cluster.local. CNAME
NOERROR aa
hosts.default.svc.cluster.local. 5 CNAME a.example.org.
> hosts.default.svc.cluster.local. SRV
NOERROR aa
authority cluster.local. 5 SOA …
> a-example-org.hosts.default.svc.cluster.local. CNAME
NOERROR aa
a-example-org.hosts.default.svc.cluster.local. 5 CNAME a.example.org.
