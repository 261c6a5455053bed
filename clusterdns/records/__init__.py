"""Layer 2: the cluster's DNS. Objects in, a table of names out, as Kubernetes specifies it and CoreDNS answers it.

Values in, values out: no socket, no clock, no logger, no plugin.
"""
