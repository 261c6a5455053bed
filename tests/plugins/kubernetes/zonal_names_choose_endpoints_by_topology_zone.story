# zonal: the endpoints of a headless Service that are in one topology zone.

Corefile
    cluster.local {
        kubernetes {
            zonal
        }
    }

apply
    {kind: Namespace, metadata: {name: default}}
    ---
    {kind: Service, metadata: {name: db}, spec: {clusterIP: None}}
    ---
    {kind: Service, metadata: {name: web}, spec: {clusterIP: 10.96.0.1}}
    ---
    kind: EndpointSlice
    metadata: {name: db-1, labels: {kubernetes.io/service-name: db}}
    endpoints:
    - {addresses: [10.244.0.1], zone: EU-1.a}
    - {addresses: [10.244.0.2], zone: eu-1b}
    ports: [{name: sql, port: 5432}]

> eu-1b.pin._zone.db.default.svc.cluster.local. A
NOERROR aa
eu-1b.pin._zone.db.default.svc.cluster.local. 5 A 10.244.0.2
# a zone's name may have dots
> eu-1.a.prefer._zone.db.default.svc.cluster.local. SRV
NOERROR aa
eu-1.a.prefer._zone.db.default.svc.cluster.local. 5 SRV 0 100 5432 10-244-0-1.db.default.svc.cluster.local.
additional 10-244-0-1.db.default.svc.cluster.local. 5 A 10.244.0.1

# nobody in the zone: nothing when pinned, all when preferred; the name exists in any case
> mars.pin._zone.db.default.svc.cluster.local. A
NOERROR aa
authority cluster.local. 5 SOA …
> mars.pin._zone.db.default.svc.cluster.local. TXT
NOERROR aa
authority cluster.local. 5 SOA …
> mars.prefer._zone.db.default.svc.cluster.local. A
NOERROR aa
mars.prefer._zone.db.default.svc.cluster.local. 5 A 10.244.0.1
mars.prefer._zone.db.default.svc.cluster.local. 5 A 10.244.0.2

> eu-1b.near._zone.db.default.svc.cluster.local. A
NXDOMAIN aa
authority cluster.local. 5 SOA …
> eu-1b.pin._zone.web.default.svc.cluster.local. A
NXDOMAIN aa
authority cluster.local. 5 SOA …
> eu-1b.pin._zone.nope.default.svc.cluster.local. TXT
NXDOMAIN aa
authority cluster.local. 5 SOA …
