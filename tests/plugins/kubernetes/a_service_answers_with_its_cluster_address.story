# A Service with a cluster address: A, SRV for each port, and its endpoints by name (specification 2.3).

apply
    {kind: Namespace, metadata: {name: default}}
    ---
    {kind: Service, metadata: {name: web}, spec: {clusterIPs: [10.96.0.1], ports: [{name: http, port: 80}, {name: dns, port: 53, protocol: UDP}]}}
    ---
    kind: EndpointSlice
    metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}
    endpoints: [{addresses: [10.244.0.11]}, {addresses: [10.244.0.12], hostname: second}]
    ports: [{name: http, port: 8080}]

> web.default.svc.cluster.local. A
NOERROR aa
web.default.svc.cluster.local. 5 A 10.96.0.1

> web.default.svc.cluster.local. AAAA
NOERROR aa
authority cluster.local. 5 SOA ns.dns.cluster.local. hostmaster.cluster.local. 1 7200 1800 86400 5

# all ports at once, and each by its name
> web.default.svc.cluster.local. SRV
NOERROR aa
web.default.svc.cluster.local. 5 SRV 0 50 80 web.default.svc.cluster.local.
web.default.svc.cluster.local. 5 SRV 0 50 53 web.default.svc.cluster.local.
additional web.default.svc.cluster.local. 5 A 10.96.0.1

> _http._tcp.web.default.svc.cluster.local. SRV
NOERROR aa
_http._tcp.web.default.svc.cluster.local. 5 SRV 0 100 80 web.default.svc.cluster.local.
additional web.default.svc.cluster.local. 5 A 10.96.0.1

> _http._udp.web.default.svc.cluster.local. SRV
NXDOMAIN aa
authority cluster.local. 5 SOA …

# underscores may be left out, and ports have addresses
> dns.udp.web.default.svc.cluster.local. A
NOERROR aa
dns.udp.web.default.svc.cluster.local. 5 A 10.96.0.1

# endpoints of it have names too, with the ports of their Pods
> 10-244-0-11.web.default.svc.cluster.local. A
NOERROR aa
10-244-0-11.web.default.svc.cluster.local. 5 A 10.244.0.11

> second.web.default.svc.cluster.local. SRV
NOERROR aa
second.web.default.svc.cluster.local. 5 SRV 0 100 8080 second.web.default.svc.cluster.local.
additional second.web.default.svc.cluster.local. 5 A 10.244.0.12

# one that has a hostname is not found by its address
> 10-244-0-12.web.default.svc.cluster.local. A
NXDOMAIN aa
authority cluster.local. 5 SOA …
