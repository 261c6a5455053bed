"""Manifests of a few lines."""

SERVICE = """\
apiVersion: v1
kind: Service
metadata: {{name: {name}}}
spec:
  clusterIP: {address}
  ports: [{{name: http, port: 80}}]
"""


def service(name: str, address: str) -> str:
    """A Service of the namespace `default`."""
    return SERVICE.format(name=name, address=address)


def name_of(service: str) -> str:
    """The name under which a Service of `default` is asked for."""
    return f"{service}.default.svc.cluster.local."
