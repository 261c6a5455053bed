# Owners come back as asked, the zone as asked everywhere, other parts of targets in lower case.

addresses 192.0.2.53

apply
    {kind: Namespace, metadata: {name: default}}
    ---
    {kind: Service, metadata: {name: web}, spec: {clusterIP: 10.96.0.1, ports: [{name: http, port: 80}]}}
    ---
    {kind: Service, metadata: {name: alias}, spec: {type: ExternalName, externalName: web.default.svc.cluster.local}}

> Web.Default.SVC.cluster.local. A
NOERROR aa
Web.Default.SVC.cluster.local. 5 A 10.96.0.1

> WEB.DEFAULT.svc.Cluster.LOCAL. SRV
NOERROR aa
WEB.DEFAULT.svc.Cluster.LOCAL. 5 SRV 0 100 80 web.default.svc.Cluster.LOCAL.
additional web.default.svc.Cluster.LOCAL. 5 A 10.96.0.1

> nope.Cluster.LOCAL. A
NXDOMAIN aa
authority Cluster.LOCAL. 5 SOA ns.dns.Cluster.LOCAL. hostmaster.Cluster.LOCAL. 1 7200 1800 86400 5

> Cluster.LOCAL. SOA
NOERROR aa
Cluster.LOCAL. 5 SOA ns.dns.Cluster.LOCAL. hostmaster.Cluster.LOCAL. 1 7200 1800 86400 5

# what objects spell stays as they spell it
> ALIAS.default.svc.CLUSTER.local. A
NOERROR aa
ALIAS.default.svc.CLUSTER.local. 5 CNAME web.default.svc.cluster.local.
web.default.svc.cluster.local. 5 A 10.96.0.1

# CoreDNS finds its name servers only below a zone in lower case
> Cluster.LOCAL. NS
NOERROR aa
authority Cluster.LOCAL. 5 SOA …
> ns.dns.Cluster.LOCAL. A
NXDOMAIN aa
authority Cluster.LOCAL. 5 SOA …
> ns.dns.Cluster.LOCAL. SOA
NOERROR aa
authority Cluster.LOCAL. 5 SOA …
> NS.dns.cluster.local. A
NOERROR aa
NS.dns.cluster.local. 5 A 192.0.2.53
