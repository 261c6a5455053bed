"""The driver of MongoDB finds its servers by `mongodb+srv`, as it would in the cluster."""

import asyncio

import pymongo
import pytest
from mongo import mongo_server
from web import DB, DB_NAME

from clusterdns.testing import ClusterDNS

MONGO = """
apiVersion: v1
kind: Service
metadata: {name: mongo, namespace: data}
spec: {clusterIP: None, selector: {app: mongo}, ports: [{name: mongodb, port: %s}]}
---
apiVersion: v1
kind: Pod
metadata: {name: mongo-0, namespace: data, labels: {app: mongo}}
spec: {hostname: mongo-0, subdomain: mongo, containers: [{name: mongo, image: mongo}]}
status: {podIP: 127.0.0.1}
"""
URI = "mongodb+srv://mongo.data.svc.cluster.local/?tls=false&serverSelectionTimeoutMS=5000"
MEMBER = "mongo-0.mongo.data.svc.cluster.local"


def test_pymongo_finds_the_members_of_a_set() -> None:
    with ClusterDNS(DB) as dns, dns.as_pod("data"):
        found = pymongo.uri_parser.parse_uri(f"mongodb+srv://{DB_NAME}/shop?tls=false")

    assert sorted(found["nodelist"]) == [(f"db-0.{DB_NAME}", 27017), (f"db-1.{DB_NAME}", 27017)]


def test_pymongo_connects_to_its_server() -> None:
    def program() -> tuple[str, int] | None:
        with pymongo.MongoClient(URI, directConnection=True) as client:
            assert client.admin.command("ping")["ok"] == 1
            return client.address

    with mongo_server() as port, ClusterDNS(MONGO % port) as dns, dns.as_pod("data"):
        assert program() == (MEMBER, port)


def test_pymongo_connects_to_its_server_from_asyncio() -> None:
    async def program() -> tuple[str, int] | None:
        async with pymongo.AsyncMongoClient(URI, directConnection=True) as client:
            assert (await client.admin.command("ping"))["ok"] == 1
            return await client.address

    with mongo_server() as port, ClusterDNS(MONGO % port) as dns, dns.as_pod("data"):
        assert asyncio.run(program()) == (MEMBER, port)


@pytest.mark.parametrize("rcode", ["SERVFAIL", "NXDOMAIN"])
def test_pymongo_says_when_its_servers_can_not_be_found(rcode: str) -> None:
    with ClusterDNS(DB) as dns, dns.as_pod("data"):
        dns.fault("_mongodb.*", rcode=rcode)
        with pytest.raises(pymongo.errors.ConfigurationError):
            pymongo.uri_parser.parse_uri(f"mongodb+srv://{DB_NAME}/?connectTimeoutMS=300")
