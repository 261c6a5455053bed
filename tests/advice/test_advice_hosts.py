"""Names of hosts in what a container is told, and what is none."""

import pytest

from clusterdns.advice.hosts import Finder, Host

FINDER = Finder("cluster.local")


def sure(*names: str) -> list[Host]:
    return [Host(name, sure=True) for name in names]


@pytest.mark.parametrize(
    ("key", "text", "names"),
    [
        ("API", "http://cart", ["cart"]),
        ("API", "https://Cart.Shop:8443/v1?x=y", ["cart.shop"]),
        ("DATABASE", "postgres://user:p%40ss@db.data:5432/app?sslmode=disable", ["db.data"]),
        ("DATABASE", "jdbc:postgresql://db/app", ["db"]),
        ("MONGO", "mongodb://me:secret@mongo-0.mongo,mongo-1.mongo:27017/x", ["mongo-0.mongo", "mongo-1.mongo"]),
        ("DATABASE", "jdbc:sqlserver://db:1433;databaseName=app", ["db"]),
        ("LISTENERS", "PLAINTEXT://kafka-0.kafka:9092,SASL_SSL://:9093", ["kafka-0.kafka"]),
        ("", "--target=dns:///cart.shop.svc:50051", ["cart.shop.svc"]),
        ("REDIS_ADDR", "redis-cart:6379", ["redis-cart"]),
        ("DB_HOST", "db", ["db"]),
        ("PGHOST", "db", ["db"]),
        ("IMAGE_PROVIDER_HOST", "images", ["images"]),
        ("KAFKA_BROKERS", "kafka-0.kafka:9092,kafka-1.kafka:9092", ["kafka-0.kafka", "kafka-1.kafka"]),
        ("--redis-addr", "redis:6379", ["redis"]),
        ("redis.server", "argocd-redis:6379", ["argocd-redis"]),
        ("redisAddress", "redis", ["redis"]),
        ("", "until nslookup db.data.svc.cluster.local; do sleep 2; done", ["db.data.svc.cluster.local"]),
        ("", "curl -s http://web:8080/healthz && nc -z db.data.svc 5432", ["web", "db.data.svc"]),
        (
            "SEEDS",
            "cassandra-0.cassandra.default.svc.cluster.local.",
            ["cassandra-0.cassandra.default.svc.cluster.local"],
        ),
        ("", "--target=http://a http://b:80/", ["a", "b"]),
    ],
)
def test_a_name_that_is_looked_up_is_found(key: str, text: str, names: list[str]) -> None:
    assert FINDER.hosts(key, text) == sure(*names)


@pytest.mark.parametrize(("key", "text"), [("", "redis:6379"), ("--store", "thanos:10901"), ("AS", "web:1000")])
def test_a_word_with_a_number_may_be_a_host_with_its_port(key: str, text: str) -> None:
    assert FINDER.hosts(key, text) == [Host(text.partition(":")[0], sure=False)]


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("API_URL", "http://$(HOST):80/"),
        ("API_URL", "http://${HOST}/"),
        ("API_URL", "http://{{ .Host }}/"),
        ("API_URL", "http://web-$(N):80"),
        ("API_URL", "http://%s:8080"),
        ("API_URL", "http://<host>/"),
        ("API_URL", "/api"),
        ("", "$(POD_NAME).db.data.svc.cluster.local"),
        ("", "${POD}.db.data.svc"),
        ("NO_PROXY", ".svc,.cluster.local,10.0.0.0/8,localhost"),
        ("", "*.web.default.svc"),
        ("", "db.data.svc.example.com"),
        ("", "db.data.service"),
        ("DB_HOST", "localhost"),
        ("DB_HOST", "127.0.0.1:5432"),
        ("DB_HOST", "10.0.0.1"),
        ("DB_HOST", "[::1]:5432"),
        ("DB_HOST", ""),
        ("DB_HOST", "your_host_here"),
        ("HOST", "web"),
        ("HOSTNAME", "web"),
        ("--host", "web"),
        ("LISTEN_ADDR", "web:80"),
        ("--image", "redis:6379"),
        ("", "redis:7"),
        ("OWNER", "web:1000"),
        ("--bind-address", "web"),
        ("KC_HOSTNAME_URL_X", "web"),
        ("MODE", "production"),
        ("LOG_LEVEL", "info"),
        ("IMAGE", "registry.example/web:latest"),
        ("BUCKET", "s3://backups/db"),
        ("STORE", "hdfs://nameservice1/data"),
        ("SOCKET", "unix:///run/db.sock"),
        ("CACHE_URL", "sqlite:////data/db.sqlite"),
        ("TIME", "12:30"),
        ("", "# see http://wiki/how-to\nexec /app"),
        ("DB_HOST", "the database host"),
    ],
)
def test_what_is_no_name_or_part_of_one_is_left_alone(key: str, text: str) -> None:
    assert FINDER.hosts(key, text) == []


def test_names_of_the_outside_are_found_and_for_others_to_judge() -> None:
    assert FINDER.hosts("API_URL", "https://api.example.com/v1") == sure("api.example.com")


def test_a_name_is_there_once() -> None:
    assert FINDER.hosts("", "http://web/a http://web:8080/b") == sure("web")


def test_the_domain_is_that_of_the_cluster() -> None:
    assert Finder("k8s.example").hosts("", "db.data.svc.k8s.example") == sure("db.data.svc.k8s.example")
    assert Finder("k8s.example").hosts("", "db.data.svc.cluster.local") == []
