# A headless Service: the addresses of its ready endpoints, and a name for each (specification 2.4).

apply
    {kind: Namespace, metadata: {name: default}}
    ---
    {kind: Service, metadata: {name: db}, spec: {clusterIP: None, ports: [{name: sql, port: 5432}]}}
    ---
    kind: EndpointSlice
    metadata: {name: db-1, labels: {kubernetes.io/service-name: db}}
    endpoints:
    - {addresses: [10.244.0.11], hostname: db-0, conditions: {ready: true}}
    - {addresses: [10.244.0.12], hostname: db-1, conditions: {ready: false, serving: true}}
    - {addresses: [10.244.0.13], hostname: db-2}
    ports: [{name: sql, port: 5432}]

# an unknown state is ready
> db.default.svc.cluster.local. A
NOERROR aa
db.default.svc.cluster.local. 5 A 10.244.0.11
db.default.svc.cluster.local. 5 A 10.244.0.13

> db-0.db.default.svc.cluster.local. A
NOERROR aa
db-0.db.default.svc.cluster.local. 5 A 10.244.0.11

> db-1.db.default.svc.cluster.local. A
NXDOMAIN aa
authority cluster.local. 5 SOA …

> _sql._tcp.db.default.svc.cluster.local. SRV
NOERROR aa
_sql._tcp.db.default.svc.cluster.local. 5 SRV 0 50 5432 db-0.db.default.svc.cluster.local.
_sql._tcp.db.default.svc.cluster.local. 5 SRV 0 50 5432 db-2.db.default.svc.cluster.local.
additional db-0.db.default.svc.cluster.local. 5 A 10.244.0.11
additional db-2.db.default.svc.cluster.local. 5 A 10.244.0.13

# the second slice is of another family; an address that is in two slices is given once, though weights count it
apply
    kind: EndpointSlice
    metadata: {name: db-2, labels: {kubernetes.io/service-name: db}}
    addressType: IPv6
    endpoints: [{addresses: ["fd00::"]}, {addresses: [10.244.0.13], hostname: db-2}]
    ports: [{name: sql, port: 5432}]

> db.default.svc.cluster.local. A
NOERROR aa
db.default.svc.cluster.local. 5 A 10.244.0.11
db.default.svc.cluster.local. 5 A 10.244.0.13

> db.default.svc.cluster.local. SRV
NOERROR aa
db.default.svc.cluster.local. 5 SRV 0 25 5432 db-0.db.default.svc.cluster.local.
db.default.svc.cluster.local. 5 SRV 0 25 5432 db-2.db.default.svc.cluster.local.
db.default.svc.cluster.local. 5 SRV 0 25 5432 fd00--0.db.default.svc.cluster.local.
additional db-0.db.default.svc.cluster.local. 5 A 10.244.0.11
additional db-2.db.default.svc.cluster.local. 5 A 10.244.0.13
additional fd00--0.db.default.svc.cluster.local. 5 AAAA fd00::

# with its last endpoint the name goes: NXDOMAIN, not NODATA
delete EndpointSlice db-1
delete EndpointSlice db-2
> db.default.svc.cluster.local. A
NXDOMAIN aa
authority cluster.local. 5 SOA ns.dns.cluster.local. hostmaster.cluster.local. 4 7200 1800 86400 5
