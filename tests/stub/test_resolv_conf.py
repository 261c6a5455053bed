"""resolv.conf as text and as value, and the one that the kubelet gives a Pod."""

import pytest
from pods import cluster_of

from clusterdns.cluster.settings import Settings
from clusterdns.stub import NotThere, ResolvConf, encode_resolv_conf, parse_resolv_conf, resolv_conf_of

HOST = ResolvConf(("192.0.2.1", "192.0.2.2"), ("corp.example",), ("timeout:1",))
ORDINARY = """\
search shop.svc.cluster.local svc.cluster.local cluster.local corp.example
nameserver 10.96.0.10
options ndots:5
"""


def pod(spec: str = "", name: str = "p") -> str:
    return f"""
apiVersion: v1
kind: Pod
metadata: {{name: {name}, namespace: shop}}
spec: {{containers: [{{name: c, image: i}}]{spec and ", "}{spec}}}
"""


def made(spec: str, **options):
    return resolv_conf_of(cluster_of(pod(spec)), "shop", "p", host=HOST, **options)


def text(spec: str) -> str:
    return encode_resolv_conf(made(spec).conf)


def test_a_file_is_read_as_resolvers_read_it():
    conf = parse_resolv_conf(
        "# by hand\n; too\ndomain old.example\nsearch a.example b.example\nnameserver 192.0.2.1\nnameserver ::1\n"
        "options ndots:2 timeout:3\noptions attempts:4 single-request\nsortlist 1.2.3.4\nnameserver\n\n"
    )
    assert conf.nameservers == ("192.0.2.1", "::1")
    assert conf.search == ("a.example", "b.example")
    assert (conf.ndots, conf.timeout, conf.attempts, conf.has("single-request")) == (2, 3, 4, True)
    assert parse_resolv_conf(encode_resolv_conf(conf)) == conf


@pytest.mark.parametrize("options", [(), ("ndots:",), ("ndots:x",), ("ndots:-1",), ("ndots",)])
def test_an_option_that_is_no_number_changes_nothing(options):
    assert ResolvConf(options=options).ndots == 1


def test_numbers_have_their_limits_and_the_last_one_counts():
    conf = ResolvConf(options=("ndots:3", "ndots:99", "timeout:0", "attempts:1000"))
    assert (conf.ndots, conf.timeout, conf.attempts) == (15, 1, 5)
    assert conf.with_option("ndots", 2).options == ("ndots:2", "timeout:0", "attempts:1000")


@pytest.mark.parametrize(
    "spec", ["", "dnsPolicy: ClusterFirst", "hostNetwork: true, dnsPolicy: ClusterFirstWithHostNet"]
)
def test_a_pod_asks_the_dns_of_the_cluster(spec):
    assert text(spec) == ORDINARY


def test_an_ordinary_pod_needs_no_name():
    assert encode_resolv_conf(resolv_conf_of(cluster_of(pod()), "shop", host=HOST).conf) == ORDINARY


@pytest.mark.parametrize(
    "spec", ["dnsPolicy: Default", "hostNetwork: true", "hostNetwork: true, dnsPolicy: ClusterFirst"]
)
def test_a_pod_of_the_host_asks_whom_the_node_asks(spec):
    assert made(spec).conf == HOST


def test_with_the_policy_none_there_is_only_what_dns_config_says():
    spec = "dnsPolicy: None, dnsConfig: {nameservers: [192.0.2.53], searches: [x.example], options: [{name: debug}]}"
    assert text(spec) == "search x.example\nnameserver 192.0.2.53\noptions debug\n"


def test_dns_config_adds_and_its_options_replace():
    spec = (
        "dnsConfig: {nameservers: [192.0.2.53, 10.96.0.10], searches: [cluster.local, x.example], "
        "options: [{name: ndots, value: '2'}, {name: single-request}]}"
    )
    assert made(spec).conf == ResolvConf(
        ("10.96.0.10", "192.0.2.53"),
        ("shop.svc.cluster.local", "svc.cluster.local", "cluster.local", "corp.example", "x.example"),
        ("ndots:2", "single-request"),
    )


def test_pods_of_workloads_have_one_too():
    cluster = cluster_of(
        """
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: {name: db, namespace: shop}
        spec:
          serviceName: db
          selector: {matchLabels: {app: db}}
          template:
            metadata: {labels: {app: db}}
            spec:
              dnsConfig: {options: [{name: ndots, value: '1'}]}
              containers: [{name: c, image: i}]
        """
    )
    assert resolv_conf_of(cluster, "shop", "db-0").conf.ndots == 1


def test_nameservers_over_the_limit_are_left_out_and_told():
    made_ = made("dnsConfig: {nameservers: [192.0.2.1, 192.0.2.2, 192.0.2.3]}")
    assert made_.conf.nameservers == ("10.96.0.10", "192.0.2.1", "192.0.2.2")
    assert made_.warnings == ("there are too many nameservers, so the kubelet leaves out 192.0.2.3 (at most 3)",)


def test_search_domains_over_the_limit_are_left_out_and_told():
    many = ", ".join(f"d{number}.example" for number in range(30))
    made_ = made(f"dnsConfig: {{searches: [{many}]}}")
    assert len(made_.conf.search) == 32
    assert "leaves out d28.example, d29.example" in made_.warnings[0]


def test_a_search_list_of_too_many_characters_loses_its_last_domains():
    long = ", ".join(f"{'x' * 60}.{'y' * 60}.{number:02}.example" for number in range(20))
    made_ = made(f"dnsConfig: {{searches: [{long}]}}")
    assert 1900 < len(" ".join(made_.conf.search)) <= 2048
    assert len(made_.warnings) == 1


def test_without_a_service_of_dns_the_node_is_asked():
    cluster = cluster_of(pod(), Settings(bare=True))
    made_ = resolv_conf_of(cluster, "shop", "p", host=HOST)
    assert made_.conf == HOST
    assert "no address of kube-system/kube-dns is known" in made_.warnings[0]


@pytest.mark.parametrize(
    ("namespace", "name", "said"),
    [
        ("shop", "nope", "there is no Pod shop/nope (p)"),
        ("default", "p", "there is no Pod default/p (namespace 'default' has none)"),
        ("nope", "", "there is no namespace 'nope' (default, kube-system, shop)"),
    ],
)
def test_a_pod_that_is_not_there_is_said_with_those_that_are(namespace, name, said):
    with pytest.raises(NotThere) as caught:
        resolv_conf_of(cluster_of(pod()), namespace, name)
    assert str(caught.value) == said
