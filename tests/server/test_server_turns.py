"""Records that take turns: a reply that is given again has them in another order, as the chain would."""

from collections import Counter

import dns.flags
import dns.message
import pytest
from in_process import Answering, ask

ADDRESSES = tuple(f"192.0.2.{number}" for number in range(1, 4))
MANY = tuple(f"192.0.2.{number}" for number in range(1, 60))


def balancing(addresses=ADDRESSES, line="loadbalance"):
    inline = "\n".join(f"{address} web.example.org" for address in addresses)
    return Answering(f". {{\n {line}\n hosts {{\n {inline}\n }}\n}}")


def addresses_in(wire):
    answer = dns.message.from_wire(wire, one_rr_per_rrset=True).answer
    return tuple(record[0].to_text() for record in answer)


def test_each_order_comes_as_often_as_the_others():
    server, query = balancing(), ask("web.example.org")
    server.by_chain(query)
    orders = Counter(addresses_in(server.by_cache(query)) for _ in range(600))
    assert len(orders) == 6
    assert all(set(order) == set(ADDRESSES) for order in orders)
    assert all(60 < times < 150 for times in orders.values())


def test_preferred_addresses_stay_in_front():
    server, query = balancing(line="loadbalance {\n prefer 192.0.2.2/32\n }"), ask("web.example.org")
    server.by_chain(query)
    orders = {addresses_in(server.by_cache(query)) for _ in range(100)}
    assert orders == {("192.0.2.2", "192.0.2.1", "192.0.2.3"), ("192.0.2.2", "192.0.2.3", "192.0.2.1")}


@pytest.mark.parametrize("name", ["peers.default.svc.cluster.local", "PEERS.default.svc.Cluster.local"])
@pytest.mark.parametrize("rdtype", ["A", "SRV"])
def test_endpoints_of_a_headless_service_take_turns_for_everybody(name, rdtype, tmp_path):
    (tmp_path / "peers.yaml").write_text(PEERS)
    server = Answering(". {\n loadbalance\n kubernetes cluster.local\n}", str(tmp_path))
    server.by_chain(ask("peers.default.svc.cluster.local", rdtype, cookie=b"a" * 8))
    later = ask(name, rdtype, cookie=b"b" * 8)
    kept = [dns.message.from_wire(server.by_cache(later)) for _ in range(60)]
    made = dns.message.from_wire(server.by_chain(later))
    assert all(reply == made for reply in kept), "the same records, in whatever order"
    assert all(reply.options == made.options for reply in kept)
    assert len({tuple(map(str, reply.sections[1 if rdtype == "A" else 3])) for reply in kept}) > 1


def test_a_reply_that_has_to_be_cut_is_cut_after_it_was_shuffled():
    server, query = balancing(MANY), ask("web.example.org")
    seen = set()
    for _ in range(20):
        reply = server.by_chain(query)
        assert dns.message.from_wire(reply).flags & dns.flags.TC
        assert server.by_cache(query) is None
        seen.update(addresses_in(reply))
    assert len(seen) > 40


PEERS = """
apiVersion: v1
kind: Service
metadata: {name: peers, namespace: default}
spec: {clusterIP: None, selector: {app: peers}, ports: [{name: http, port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: peers, namespace: default}
spec:
  replicas: 4
  selector: {matchLabels: {app: peers}}
  template:
    metadata: {labels: {app: peers}}
    spec: {containers: [{name: main, image: x, ports: [{containerPort: 80}]}]}
"""
