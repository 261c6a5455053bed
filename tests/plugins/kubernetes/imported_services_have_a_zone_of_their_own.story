# multicluster: ServiceImports instead of Services, and endpoints named with their cluster.

Corefile
    . {
        kubernetes cluster.local clusterset.local {
            multicluster clusterset.local
        }
    }

apply
    {kind: Namespace, metadata: {name: default}}
    ---
    {kind: Service, metadata: {name: local}, spec: {clusterIP: 10.96.0.1}}
    ---
    {kind: ServiceImport, metadata: {name: web}, spec: {type: ClusterSetIP, ips: [10.42.0.1], ports: [{name: http, port: 80}]}}
    ---
    {kind: ServiceImport, metadata: {name: portless}, spec: {type: ClusterSetIP, ips: [10.42.0.2]}}
    ---
    {kind: ServiceImport, metadata: {name: db}, spec: {type: Headless, ports: [{name: sql, port: 5432}]}}
    ---
    kind: EndpointSlice
    metadata: {name: db-1, labels: {multicluster.kubernetes.io/service-name: db, multicluster.kubernetes.io/source-cluster: east}}
    endpoints: [{addresses: [10.1.0.1], hostname: db-0}]
    ports: [{name: sql, port: 5432}]
    ---
    kind: EndpointSlice
    metadata: {name: db-2, labels: {multicluster.kubernetes.io/service-name: db, multicluster.kubernetes.io/source-cluster: west}}
    endpoints: [{addresses: [10.2.0.1], hostname: db-0}]
    ports: [{name: sql, port: 5432}]

> web.default.svc.clusterset.local. A
NOERROR aa
web.default.svc.clusterset.local. 5 A 10.42.0.1
> _http._tcp.web.default.svc.clusterset.local. SRV
NOERROR aa
_http._tcp.web.default.svc.clusterset.local. 5 SRV 0 100 80 web.default.svc.clusterset.local.
additional web.default.svc.clusterset.local. 5 A 10.42.0.1
> web.default.svc.cluster.local. A
NXDOMAIN aa
authority cluster.local. 5 SOA …
> local.default.svc.clusterset.local. A
NXDOMAIN aa
authority clusterset.local. 5 SOA …

# unlike a Service, an import without ports is not there
> portless.default.svc.clusterset.local. A
NXDOMAIN aa
authority clusterset.local. 5 SOA …

> db.default.svc.clusterset.local. A
NOERROR aa
db.default.svc.clusterset.local. 5 A 10.1.0.1
db.default.svc.clusterset.local. 5 A 10.2.0.1
> db-0.west.db.default.svc.clusterset.local. A
NOERROR aa
db-0.west.db.default.svc.clusterset.local. 5 A 10.2.0.1
> db-0.db.default.svc.clusterset.local. A
NXDOMAIN aa
authority clusterset.local. 5 SOA …
> _sql._tcp.db.default.svc.clusterset.local. SRV
NOERROR aa
_sql._tcp.db.default.svc.clusterset.local. 5 SRV 0 50 5432 db-0.east.db.default.svc.clusterset.local.
_sql._tcp.db.default.svc.clusterset.local. 5 SRV 0 50 5432 db-0.west.db.default.svc.clusterset.local.
additional db-0.east.db.default.svc.clusterset.local. 5 A 10.1.0.1
additional db-0.west.db.default.svc.clusterset.local. 5 A 10.2.0.1
