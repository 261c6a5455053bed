# fallthrough: NXDOMAIN goes on to the next plugin, in the zones named; NODATA never does.

Corefile
    . {
        kubernetes cluster.local 10.in-addr.arpa {
            fallthrough in-addr.arpa more.cluster.local
        }
        whoami
    }

apply
    {kind: Namespace, metadata: {name: default}}
    ---
    {kind: Service, metadata: {name: web}, spec: {clusterIP: "fd00::1"}}

> a.more.cluster.local. A
NOERROR aa
additional a.more.cluster.local. 0 A 10.240.0.1
additional _udp.a.more.cluster.local. 0 SRV …
> 3.2.1.10.in-addr.arpa. PTR
NOERROR aa
additional 3.2.1.10.in-addr.arpa. 0 A 10.240.0.1
additional _udp.3.2.1.10.in-addr.arpa. 0 SRV …
> 10.in-addr.arpa. PTR
NOERROR aa
authority 10.in-addr.arpa. 5 SOA …
> web.default.svc.cluster.local. A
NOERROR aa
authority cluster.local. 5 SOA …
> other.cluster.local. A
NXDOMAIN aa
authority cluster.local. 5 SOA …
> elsewhere.example. A
NOERROR aa
additional elsewhere.example. 0 A 10.240.0.1
additional _udp.elsewhere.example. 0 SRV …
