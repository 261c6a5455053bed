# With `headless`, Services without external addresses have those of their ready endpoints

Corefile
    . {
        k8s_external example.org {
            headless
            apex zz
        }
        kubernetes cluster.local
    }
apply
    {kind: Namespace, metadata: {name: shop}}
    ---
    {kind: Service, metadata: {name: db, namespace: shop}, spec: {clusterIP: None}}
    ---
    kind: EndpointSlice
    metadata: {name: db-1, namespace: shop, labels: {kubernetes.io/service-name: db}}
    endpoints: [{addresses: [10.244.0.1], hostname: db-0}, {addresses: [10.244.0.2], conditions: {ready: false}}]
    ports: [{name: sql, port: 5432}]
    ---
    {kind: Service, metadata: {name: both, namespace: shop}, spec: {clusterIP: None, externalIPs: [203.0.113.7]}}

> db.shop.example.org. A
NOERROR aa
db.shop.example.org. 5 A 10.244.0.1

> db-0.db.shop.example.org. A
NOERROR aa
db-0.db.shop.example.org. 5 A 10.244.0.1

> _sql._tcp.db.shop.example.org. SRV
NOERROR aa
_sql._tcp.db.shop.example.org. 5 SRV 0 100 5432 db-0.db.shop.example.org.
additional db-0.db.shop.example.org. 5 A 10.244.0.1

> db-1.db.shop.example.org. A
NXDOMAIN aa
authority example.org. 5 SOA ns1.zz.example.org. hostmaster.zz.example.org. …

# External addresses go before endpoints, and hide them.

> both.shop.example.org. A
NOERROR aa
both.shop.example.org. 5 A 203.0.113.7

> zz.example.org. A
NOERROR aa
authority example.org. 5 SOA …

> dns.example.org. A
NXDOMAIN aa
authority example.org. 5 SOA …
