"""clusterdns: the DNS of a Kubernetes cluster without the cluster."""

__version__ = "0.1.0"
