# Services by their external addresses, in a zone of their own

Corefile
    . {
        k8s_external example.org in-addr.arpa {
            ttl 30
        }
        kubernetes cluster.local
    }
addresses 192.0.2.53
apply
    {kind: Namespace, metadata: {name: shop}}
    ---
    kind: Service
    metadata: {name: web, namespace: shop}
    spec:
      clusterIP: 10.96.0.1
      externalIPs: [203.0.113.7, "2001:db8::7"]
      ports: [{name: http, port: 80}, {name: https, port: 443}]
    ---
    kind: Service
    metadata: {name: inner, namespace: shop}
    spec: {clusterIP: 10.96.0.2, ports: [{name: http, port: 80}]}
    ---
    {kind: Service, metadata: {name: db, namespace: shop}, spec: {clusterIP: None}}
    ---
    kind: EndpointSlice
    metadata: {name: db-1, namespace: shop, labels: {kubernetes.io/service-name: db}}
    endpoints: [{addresses: [10.244.0.1], hostname: db-0}]
    ports: [{name: sql, port: 5432}]

> web.shop.example.org. A
NOERROR aa
web.shop.example.org. 30 A 203.0.113.7

> WEB.shop.Example.org. AAAA
NOERROR aa
WEB.shop.Example.org. 30 AAAA 2001:db8::7

> _https._tcp.web.shop.example.org. SRV
NOERROR aa
_https._tcp.web.shop.example.org. 5 SRV 0 50 443 web.shop.example.org.
additional web.shop.example.org. 30 A 203.0.113.7
additional web.shop.example.org. 30 AAAA 2001:db8::7

> 7.113.0.203.in-addr.arpa. PTR
NOERROR aa
7.113.0.203.in-addr.arpa. 30 PTR web.shop.example.org.

> 8.113.0.203.in-addr.arpa. PTR
NXDOMAIN aa
authority in-addr.arpa. 30 SOA …

# Only A, AAAA, SRV and PTR are known; other types of a name that exists, and namespaces, have no records.

> web.shop.example.org. TXT
NOERROR aa
authority example.org. 30 SOA ns1.dns.example.org. hostmaster.dns.example.org. 1 7200 1800 86400 30

> shop.example.org. A
NOERROR aa
authority example.org. 30 SOA …

> nowhere.example.org. A
NXDOMAIN aa
authority example.org. 30 SOA …

# A Service without external addresses does not exist, nor does a headless one unless it is wanted.

> inner.shop.example.org. A
NXDOMAIN aa
authority example.org. 30 SOA …

> db.shop.example.org. A
NXDOMAIN aa
authority example.org. 30 SOA …

# The top, and the name server's names.

> example.org. SOA
NOERROR aa
example.org. 30 SOA ns1.dns.example.org. hostmaster.dns.example.org. 1 7200 1800 86400 30

> example.org. NS
NOERROR aa
example.org. 30 NS ns1.dns.example.org.
additional ns1.dns.example.org. 30 A 192.0.2.53

> ns1.dns.example.org. A
NOERROR aa
ns1.dns.example.org. 30 A 192.0.2.53

> dns.example.org. A
NOERROR aa
authority example.org. 30 SOA …

> x.ns1.dns.example.org. A
NXDOMAIN aa
authority example.org. 30 SOA …

# The serial is that of the last change which the zone shows.

apply
    {kind: Service, metadata: {name: other, namespace: shop}, spec: {clusterIP: 10.96.0.3}}
> nope.shop.example.org. A
NXDOMAIN aa
authority example.org. 30 SOA ns1.dns.example.org. hostmaster.dns.example.org. 1 7200 1800 86400 30

apply
    kind: Service
    metadata: {name: web, namespace: shop}
    spec: {clusterIP: 10.96.0.1, externalIPs: [203.0.113.9], ports: [{name: http, port: 80}]}
> 7.113.0.203.in-addr.arpa. PTR
NXDOMAIN aa
authority in-addr.arpa. 30 SOA ns1.dns.in-addr.arpa. hostmaster.dns.in-addr.arpa. 3 7200 1800 86400 30

> web.shop.example.org. A
NOERROR aa
web.shop.example.org. 30 A 203.0.113.9
