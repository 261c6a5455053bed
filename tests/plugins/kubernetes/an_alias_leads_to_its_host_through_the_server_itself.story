# ExternalName: the CNAME record and what it points at, in the cluster or out of it (specification 2.5).

Corefile
    . {
        kubernetes cluster.local
        hosts {
            203.0.113.80 www.example.org
            fallthrough
        }
    }

apply
    {kind: Namespace, metadata: {name: default}}
    ---
    {kind: Service, metadata: {name: web}, spec: {clusterIP: 10.96.0.1, ports: [{name: http, port: 80}]}}
    ---
    {kind: Service, metadata: {name: out}, spec: {type: ExternalName, externalName: WWW.example.org}}
    ---
    {kind: Service, metadata: {name: lost}, spec: {type: ExternalName, externalName: nobody.example.net.}}
    ---
    {kind: Service, metadata: {name: in}, spec: {type: ExternalName, externalName: Web.default.svc.cluster.local}}
    ---
    {kind: Service, metadata: {name: twice}, spec: {type: ExternalName, externalName: in.default.svc.cluster.local}}
    ---
    {kind: Service, metadata: {name: dangling}, spec: {type: ExternalName, externalName: nope.default.svc.cluster.local}}
    ---
    {kind: Service, metadata: {name: ring}, spec: {type: ExternalName, externalName: gnir.default.svc.cluster.local}}
    ---
    {kind: Service, metadata: {name: gnir}, spec: {type: ExternalName, externalName: ring.default.svc.cluster.local}}
    ---
    {kind: Service, metadata: {name: own}, spec: {type: ExternalName, externalName: own.default.svc.cluster.local}}
    ---
    {kind: Service, metadata: {name: address}, spec: {type: ExternalName, externalName: 203.0.113.80}}

> out.default.svc.cluster.local. A
NOERROR aa
out.default.svc.cluster.local. 5 CNAME WWW.example.org.
www.example.org. 3600 A 203.0.113.80

> in.default.svc.cluster.local. A
NOERROR aa
in.default.svc.cluster.local. 5 CNAME Web.default.svc.cluster.local.
Web.default.svc.cluster.local. 5 A 10.96.0.1

> twice.default.svc.cluster.local. A
NOERROR aa
twice.default.svc.cluster.local. 5 CNAME in.default.svc.cluster.local.
in.default.svc.cluster.local. 5 CNAME Web.default.svc.cluster.local.
Web.default.svc.cluster.local. 5 A 10.96.0.1

# nobody knows a host outside: the CNAME record alone
> lost.default.svc.cluster.local. A
NOERROR aa
lost.default.svc.cluster.local. 5 CNAME nobody.example.net.

# a target in the cluster that is missing, lacks the type, or comes back: nothing at all
> dangling.default.svc.cluster.local. A
NOERROR aa
authority cluster.local. 5 SOA …

> in.default.svc.cluster.local. AAAA
NOERROR aa
authority cluster.local. 5 SOA …

> ring.default.svc.cluster.local. A
NOERROR aa
authority cluster.local. 5 SOA …

> own.default.svc.cluster.local. A
NOERROR aa
authority cluster.local. 5 SOA …

# other types don't follow it
> dangling.default.svc.cluster.local. CNAME
NOERROR aa
dangling.default.svc.cluster.local. 5 CNAME nope.default.svc.cluster.local.

> out.default.svc.cluster.local. SRV
NOERROR aa
authority cluster.local. 5 SOA …

> out.default.svc.cluster.local. TXT
NOERROR aa
authority cluster.local. 5 SOA …

# there is nothing below it, and an address is no host
> _http._tcp.out.default.svc.cluster.local. SRV
NXDOMAIN aa
authority cluster.local. 5 SOA …

> address.default.svc.cluster.local. CNAME
NXDOMAIN aa
authority cluster.local. 5 SOA …
