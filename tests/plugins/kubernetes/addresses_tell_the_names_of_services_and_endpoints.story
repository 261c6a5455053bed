# Reverse zones: a cluster address hides endpoints on it, and every Service in front of an endpoint is told.

Corefile
    . {
        kubernetes 10.in-addr.arpa cluster.local other.local d.f.ip6.arpa
    }

apply
    {kind: Namespace, metadata: {name: default}}
    ---
    {kind: Service, metadata: {name: web}, spec: {clusterIPs: [10.96.0.1, "fd00::1"], ports: [{name: http, port: 80}]}}
    ---
    {kind: Service, metadata: {name: db}, spec: {clusterIP: None}}
    ---
    kind: EndpointSlice
    metadata: {name: db-1, labels: {kubernetes.io/service-name: db}}
    endpoints: [{addresses: [10.244.0.11], hostname: db-0}, {addresses: [10.96.0.1]}, {addresses: [10.244.0.12], conditions: {ready: false}}]
    ---
    kind: EndpointSlice
    metadata: {name: gone-1, labels: {kubernetes.io/service-name: gone}}
    endpoints: [{addresses: [10.244.0.11]}]

# targets are in the first zone that is not reverse
> 1.0.96.10.in-addr.arpa. PTR
NOERROR aa
1.0.96.10.in-addr.arpa. 5 PTR web.default.svc.cluster.local.
> 11.0.244.10.in-addr.arpa. PTR
NOERROR aa
11.0.244.10.in-addr.arpa. 5 PTR db-0.db.default.svc.cluster.local.
11.0.244.10.in-addr.arpa. 5 PTR 10-244-0-11.gone.default.svc.cluster.local.
> 1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa. PTR
NOERROR aa
1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa. 5 PTR web.default.svc.cluster.local.

# more labels than an IPv6 address has, up to three, are not looked at
> x.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa. PTR
NOERROR aa
x.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa. 5 PTR web.default.svc.cluster.local.

# denied by the reverse zone's own SOA
> 12.0.244.10.in-addr.arpa. PTR
NXDOMAIN aa
authority 10.in-addr.arpa. 5 SOA ns.dns.10.in-addr.arpa. …
> 96.10.in-addr.arpa. PTR
NXDOMAIN aa
authority 10.in-addr.arpa. 5 SOA …
> 10.in-addr.arpa. PTR
NOERROR aa
authority 10.in-addr.arpa. 5 SOA …
> 1.0.96.10.in-addr.arpa. A
NXDOMAIN aa
authority 10.in-addr.arpa. 5 SOA …
> default.svc.10.in-addr.arpa. A
NXDOMAIN aa
authority 10.in-addr.arpa. 5 SOA …

# below a forward zone PTR tells whether the name exists
> web.default.svc.cluster.local. PTR
NOERROR aa
authority cluster.local. 5 SOA …

# both zones have all names
> web.default.svc.other.local. SRV
NOERROR aa
web.default.svc.other.local. 5 SRV 0 50 80 web.default.svc.other.local.
additional web.default.svc.other.local. 5 A 10.96.0.1
additional web.default.svc.other.local. 5 AAAA fd00::1
