"""What tests of encrypted transports share: an authority and its certificates, a server, a question."""

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dns.asyncquery
import dns.message
import dns.query
import trustme
from answering import PATIENCE, PATIENT, Answering, answering, make_service

from clusterdns.credentials import NEVER, Credentials, Files
from clusterdns.plugins.base import Limits, Plugin

NAME = "dns.example"
"""Whom the certificates are for, besides localhost and 127.0.0.1."""


@dataclass
class Authority:
    """A certificate authority that writes what it signs into a folder."""

    ca: trustme.CA
    folder: Path

    @property
    def file(self) -> Path:
        """Its own certificate."""
        return self.folder / "ca.pem"

    def issue(self, name: str = "server") -> Files:
        """A certificate and its key, in place of those of the same name."""
        issued = self.ca.issue_cert("localhost", "127.0.0.1", NAME, common_name=name)
        certificate, key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        certificate.write_bytes(issued.cert_chain_pems[0].bytes())
        key.write_bytes(issued.private_key_pem.bytes())
        return Files(certificate, key)

    def trust(self, client: Files | None = None) -> ssl.SSLContext:
        """What a client needs that trusts this authority, and maybe shows a certificate itself."""
        context = ssl.create_default_context(cafile=self.file)
        if client is not None:
            context.load_cert_chain(client.certificate, client.key)
        return context


def make_authority(folder: Path) -> Authority:
    """An authority, with its certificate in the folder."""
    authority = Authority(trustme.CA(), folder)
    authority.ca.cert_pem.write_to_path(str(authority.file))
    return authority


@contextmanager
def encrypting(
    plugin: Plugin,
    transport: str,
    authority: Authority,
    limits: Limits = PATIENT,
    clients: str = NEVER,
    warnings: list[str] | None = None,
) -> Iterator[Answering]:
    """A server of one plugin on 127.0.0.1 that is known by a certificate."""
    issued = authority.issue()
    files = Files(issued.certificate, issued.key, authority.file, clients)
    service = make_service(plugin)
    service.credentials = Credentials(files, (warnings if warnings is not None else []).append)
    with answering(service, transport=transport, limits=limits) as server:
        yield server


def ask(transport: str, port: int, authority: Authority, name: str) -> dns.message.Message:
    """The reply to an A question over a transport, by dnspython."""
    question = dns.message.make_query(name, "A", id=0)
    trusted, known = str(authority.file), {"port": port, "timeout": PATIENCE}
    match transport:
        case "tls":
            return dns.query.tls(question, "127.0.0.1", verify=trusted, server_hostname="localhost", **known)
        case "quic":
            return asyncio.run(
                dns.asyncquery.quic(question, "127.0.0.1", verify=trusted, server_hostname="localhost", **known)
            )
    url, how = f"https://localhost:{port}/dns-query", {"bootstrap_address": "127.0.0.1", "timeout": PATIENCE}
    if transport == "https":
        return dns.query.https(question, url, verify=authority.trust(), **how)
    version = dns.query.HTTPVersion.H3
    return asyncio.run(dns.asyncquery.https(question, url, verify=trusted, http_version=version, **how))


def secured(server: Answering, authority: Authority, *protocols: str, **how: int) -> ssl.SSLSocket:
    """A TLS connection to the server."""
    context = authority.trust()
    for attribute, value in how.items():
        setattr(context, attribute, value)
    if protocols:
        context.set_alpn_protocols(protocols)
    return context.wrap_socket(server.connect(), server_hostname="localhost")


def is_closed(sock: socket.socket) -> bool:
    """Waits for the server to end a connection; raises `TimeoutError` if it does not."""
    try:
        while sock.recv(65536):
            pass
    except ConnectionResetError:
        pass
    return True
