"""Big clusters as one manifest: how long until they are objects, and how much memory that takes.

    python bench/bigcluster.py services FILE [COUNT]      write COUNT Services, each with an EndpointSlice of five endpoints
    python bench/bigcluster.py deployments FILE [COUNT]   write COUNT Deployments of five Pods, each with its Service
"""

import sys
from collections.abc import Iterator
from pathlib import Path

SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: svc-{n}
  namespace: ns-{ns}
  labels:
    app: app-{n}
spec:
  type: ClusterIP
  clusterIP: {ip}
  clusterIPs:
  - {ip}
  ipFamilies:
  - IPv4
  ipFamilyPolicy: SingleStack
  ports:
  - name: http
    port: 80
    protocol: TCP
    targetPort: 8080
  - name: grpc
    port: 9090
    protocol: TCP
    targetPort: 9090
"""

SLICE = """\
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: svc-{n}-slice
  namespace: ns-{ns}
  labels:
    kubernetes.io/service-name: svc-{n}
addressType: IPv4
endpoints:
{endpoints}ports:
- name: http
  port: 8080
  protocol: TCP
- name: grpc
  port: 9090
  protocol: TCP
"""

ENDPOINT = """\
- addresses:
  - {ip}
  conditions:
    ready: true
    serving: true
    terminating: false
  nodeName: node-{node}
"""

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: app-{n}
  namespace: ns-{ns}
spec:
  replicas: 5
  selector:
    matchLabels:
      app: app-{n}
  template:
    metadata:
      labels:
        app: app-{n}
    spec:
      containers:
      - name: main
        image: registry.example/app:1
        ports:
        - name: http
          containerPort: 8080
"""

SELECTING_SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: app-{n}
  namespace: ns-{ns}
spec:
  selector:
    app: app-{n}
  ports:
  - name: http
    port: 80
    targetPort: http
"""


def services(count: int) -> Iterator[str]:
    """Documents of `count` Services in a hundred namespaces, and of their EndpointSlices."""
    for n in range(count):
        ns = n % 100
        yield SERVICE.format(n=n, ns=ns, ip=f"10.{96 + n // 62500}.{n // 250 % 250}.{n % 250 + 1}")
        endpoints = "".join(
            ENDPOINT.format(ip=f"10.{128 + m // 62500}.{m // 250 % 250}.{m % 250 + 1}", node=m % 50)
            for m in range(n * 5, n * 5 + 5)
        )
        yield SLICE.format(n=n, ns=ns, endpoints=endpoints)


def deployments(count: int) -> Iterator[str]:
    """Documents of `count` Deployments of five Pods in a hundred namespaces, and of the Services that select them."""
    for n in range(count):
        yield DEPLOYMENT.format(n=n, ns=n % 100)
        yield SELECTING_SERVICE.format(n=n, ns=n % 100)


def main() -> None:
    what, path, *rest = sys.argv[1:]
    documents = {"services": services, "deployments": deployments}[what](int(rest[0]) if rest else 10_000)
    Path(path).write_text("---\n".join(documents))


if __name__ == "__main__":
    main()
