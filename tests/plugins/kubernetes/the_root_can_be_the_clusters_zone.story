# A cluster at the root: every question is its own, and there is no ns.dns.

Corefile
    . {
        kubernetes
    }

addresses 192.0.2.53

apply
    {kind: Namespace, metadata: {name: default}}
    ---
    {kind: Service, metadata: {name: web}, spec: {clusterIP: 10.96.0.1, ports: [{name: http, port: 80}]}}

> web.default.svc. SRV
NOERROR aa
web.default.svc. 5 SRV 0 100 80 web.default.svc.
additional web.default.svc. 5 A 10.96.0.1
> www.example.org. A
NXDOMAIN aa
authority . 5 SOA ns.dns. hostmaster. 1 7200 1800 86400 5
> . SOA
NOERROR aa
. 5 SOA ns.dns. hostmaster. 1 7200 1800 86400 5
> ns.dns. A
NXDOMAIN aa
authority . 5 SOA …
