# The tree above Services: NODATA where something may be below, NXDOMAIN in namespaces that don't exist.

addresses 192.0.2.53 2001:db8::53

apply
    {kind: Namespace, metadata: {name: default}}
    ---
    {kind: Service, metadata: {name: web}, spec: {clusterIP: 10.96.0.1, ports: [{name: http, port: 80}]}}

> cluster.local. A
NOERROR aa
authority cluster.local. 5 SOA …
> svc.cluster.local. A
NOERROR aa
authority cluster.local. 5 SOA …
> pod.cluster.local. MX
NOERROR aa
authority cluster.local. 5 SOA …
> default.svc.cluster.local. A
NOERROR aa
authority cluster.local. 5 SOA …
> nobody.svc.cluster.local. A
NXDOMAIN aa
authority cluster.local. 5 SOA …
> nope.cluster.local. A
NXDOMAIN aa
authority cluster.local. 5 SOA …
> x.y.z.web.default.svc.cluster.local. A
NXDOMAIN aa
authority cluster.local. 5 SOA …

# there are no wildcards, and half of a port's name is none
> *.default.svc.cluster.local. A
NXDOMAIN aa
authority cluster.local. 5 SOA …
> _tcp.web.default.svc.cluster.local. SRV
NXDOMAIN aa
authority cluster.local. 5 SOA …

# TXT is denied where there is nothing
> default.svc.cluster.local. TXT
NXDOMAIN aa
authority cluster.local. 5 SOA …
> web.default.svc.cluster.local. TXT
NOERROR aa
authority cluster.local. 5 SOA …
> dns-version.cluster.local. TXT
NOERROR aa
dns-version.cluster.local. 28800 TXT "1.1.0"
> dns-version.cluster.local. A
NXDOMAIN aa
authority cluster.local. 5 SOA …

# types that nothing has only tell whether the name exists; SOA not even that
> web.default.svc.cluster.local. HTTPS
NOERROR aa
authority cluster.local. 5 SOA …
> nope.default.svc.cluster.local. ANY
NXDOMAIN aa
authority cluster.local. 5 SOA …
> nope.default.svc.cluster.local. SOA
NOERROR aa
authority cluster.local. 5 SOA …
> cluster.local. SOA
NOERROR aa
cluster.local. 5 SOA ns.dns.cluster.local. hostmaster.cluster.local. 1 7200 1800 86400 5

# the server itself is the name server
> cluster.local. NS
NOERROR aa
cluster.local. 5 NS ns.dns.cluster.local.
additional ns.dns.cluster.local. 5 A 192.0.2.53
additional ns.dns.cluster.local. 5 AAAA 2001:db8::53
> ns.dns.cluster.local. AAAA
NOERROR aa
ns.dns.cluster.local. 5 AAAA 2001:db8::53
> ns.dns.cluster.local. SRV
NOERROR aa
authority cluster.local. 5 SOA …
> ns.dns.cluster.local. TXT
NXDOMAIN aa
authority cluster.local. 5 SOA …
# whatever search path it is asked with
> ns.dns.cluster.local.default.svc.cluster.local. A
NOERROR aa
ns.dns.cluster.local.default.svc.cluster.local. 5 A 192.0.2.53

# transfers are the transfer plugin's
> cluster.local. AXFR
REFUSED unanswered
> elsewhere.example. A
SERVFAIL unanswered no next plugin found
