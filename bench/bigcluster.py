"""Big clusters as one manifest: how long until they are objects, and how much memory that takes.

    python bench/bigcluster.py services FILE [COUNT]      write COUNT Services with EndpointSlices of five endpoints
    python bench/bigcluster.py deployments FILE [COUNT]   write COUNT Deployments of five Pods with their Services
    python bench/bigcluster.py measure FILE               seconds and memory to a table, and of bare PyYAML

Each measurement is a process of its own. The last lines are a change of one Service in the file: from the write to the
table that answers it.
"""

import asyncio
import io
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
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


def bare_yaml(path: str) -> None:
    """What PyYAML needs for the same text, into plain values."""
    import yaml

    for _ in yaml.load_all(Path(path).read_text(), yaml.CSafeLoader):
        pass


def to_tables(path: str) -> None:
    """Everything from the file to a table that answers, and then one change in the file."""
    from clusterdns.cluster.settings import Settings
    from clusterdns.dns.names import parse_name
    from clusterdns.logs import Log
    from clusterdns.records.options import PodMode, TableOptions
    from clusterdns.server.keeper import Keeper

    begin = time.perf_counter()
    keeper = Keeper(Settings(), [path], Log(io.StringIO()))
    handle = keeper.world.tables.open(TableOptions((parse_name("cluster.local"),), pods=PodMode.VERIFIED))
    assert not keeper.load()
    print(f"  objects {len(keeper.cluster)}, ready after {time.perf_counter() - begin:.2f} s")

    async def change() -> None:
        watching = asyncio.create_task(keeper.watch())
        await asyncio.sleep(1)
        before = Path(path).read_text()
        for text in (re.sub(r"port: 80$", "port: 81", before, count=1, flags=re.MULTILINE), before):
            table = handle.current
            Path(path).write_text(text)
            written = time.perf_counter()
            while handle.current is table:
                await asyncio.sleep(0.001)
            print(f"  one Service changed: answered {(time.perf_counter() - written) * 1000:.0f} ms after the write")
            await asyncio.sleep(1)
        watching.cancel()

    asyncio.run(change())


def measure(path: str) -> None:
    for name in ("bare_yaml", "to_tables"):
        print(f"{name}:")
        subprocess.run([sys.executable, __file__, "child", path, name], check=True)


def child(path: str, name: str) -> None:
    task: Callable[[str], None] = {"bare_yaml": bare_yaml, "to_tables": to_tables}[name]
    begin = time.perf_counter()
    task(path)
    if name == "bare_yaml":
        print(f"  {time.perf_counter() - begin:.2f} s")
    print(f"  peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")


def main() -> None:
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    what, path, *rest = sys.argv[1:]
    if what == "measure":
        measure(path)
    elif what == "child":
        child(path, rest[0])
    else:
        documents = {"services": services, "deployments": deployments}[what](int(rest[0]) if rest else 10_000)
        Path(path).write_text("---\n".join(documents))


if __name__ == "__main__":
    main()
