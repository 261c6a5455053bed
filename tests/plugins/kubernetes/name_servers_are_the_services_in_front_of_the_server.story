# NS records name the Services that have the server's own address behind them, exposed or not.

Corefile
    cluster.local {
        kubernetes {
            namespaces default
        }
    }

addresses 192.0.2.1 10.244.0.2

apply
    {kind: Namespace, metadata: {name: kube-system}}
    ---
    {kind: Service, metadata: {name: kube-dns, namespace: kube-system}, spec: {clusterIPs: [10.96.0.10, "fd00::a"], ports: [{name: dns, port: 53}]}}
    ---
    {kind: Service, metadata: {name: direct, namespace: kube-system}, spec: {clusterIP: None}}
    ---
    kind: EndpointSlice
    metadata: {name: kube-dns-1, namespace: kube-system, labels: {kubernetes.io/service-name: kube-dns}}
    endpoints: [{addresses: [10.244.0.2]}, {addresses: [10.244.0.3]}]
    ---
    kind: EndpointSlice
    metadata: {name: direct-1, namespace: kube-system, labels: {kubernetes.io/service-name: direct}}
    endpoints: [{addresses: [10.244.0.2]}, {addresses: [10.244.0.3], hostname: other}]

> cluster.local. NS
NOERROR aa
cluster.local. 5 NS 10-244-0-2.direct.kube-system.svc.cluster.local.
cluster.local. 5 NS other.direct.kube-system.svc.cluster.local.
cluster.local. 5 NS kube-dns.kube-system.svc.cluster.local.
additional 10-244-0-2.direct.kube-system.svc.cluster.local. 5 A 10.244.0.2
additional other.direct.kube-system.svc.cluster.local. 5 A 10.244.0.3
additional kube-dns.kube-system.svc.cluster.local. 5 A 10.96.0.10
additional kube-dns.kube-system.svc.cluster.local. 5 AAAA fd00::a

> ns.dns.cluster.local. A
NOERROR aa
ns.dns.cluster.local. 5 A 10.244.0.2
ns.dns.cluster.local. 5 A 10.244.0.3
ns.dns.cluster.local. 5 A 10.96.0.10

# with bind, CoreDNS knows no address of its own: see the tests in Python
