"""tls, https, https3, quic and timeouts: what a server block says of its clients."""

import io

import pytest
import trustme
from chain import Chain

from clusterdns.corefile import CorefileError, parse
from clusterdns.logs import Log
from clusterdns.plugins.base import World
from clusterdns.records.tables import Tables
from clusterdns.server.site import Defaults, make_sites


def setting_of(lines: str, folder="."):
    return Chain(f". {{\n root {folder}\n {lines}\n whoami\n}}").setting


@pytest.mark.parametrize(
    ("lines", "limits"),
    [
        ("timeouts {\n read 30s\n}", {"read": 30}),
        ("timeouts {\n read 10\n write 2m\n idle 1h\n}", {"read": 10, "write": 120, "idle": 3600}),
        ("timeouts {\n maxtcpqueries 128\n}", {"tcp_queries": 128}),
        ("timeouts {\n maxtcpqueries -1\n}", {"tcp_queries": 0}),
        ("https {\n max_connections 0\n}", {"https_connections": 0}),
        ("https", {}),
        ("https3 {\n max_streams 50\n max_connections 100\n}", {"https3_streams": 50, "https3_connections": 100}),
        ("quic {\n max_streams 50\n worker_pool_size 100\n}", {"quic_streams": 50, "quic_workers": 100}),
        ("quic {\n}", {}),
    ],
)
def test_limits_are_read(lines, limits):
    assert setting_of(lines).limits == limits


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ("timeouts", "no limit is named"),
        ("timeouts {\n}", "no limit is named"),
        ("timeouts 10s", "too many|one argument too many"),
        ("timeouts {\n giraffe 30s\n}", "unknown property"),
        ("timeouts {\n read 10s 20s\n}", "one argument too many"),
        ("timeouts {\n write snake\n}", "not a duration"),
        ("timeouts {\n idle 0s\n}", "less than 1 seconds"),
        ("timeouts {\n read 48h\n}", "more than 86400 seconds"),
        ("timeouts {\n maxtcpqueries 0\n}", "neither -1"),
        ("timeouts {\n maxtcpqueries -2\n}", "less than -1"),
        ("https arg", "one argument too many"),
        ("https {\n max_connections -1\n}", "less than 0"),
        ("https {\n max_connections 1\n max_connections 2\n}", "given twice"),
        ("https3 {\n max_streams abc\n}", "max_streams"),
        ("quic {\n max_streams 0\n}", "less than 1"),
        ("quic {\n worker_pool_size\n}", "expected"),
        ("quic {\n unknown_directive\n}", "unknown property"),
    ],
)
def test_what_is_no_limit_is_an_error(lines, problem):
    with pytest.raises(CorefileError, match=problem):
        setting_of(lines)


@pytest.fixture
def folder(tmp_path):
    """A folder with a certificate of its own authority."""
    ca = trustme.CA()
    issued = ca.issue_cert("localhost")
    ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    issued.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    issued.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    return tmp_path


@pytest.mark.parametrize("clients", ["nocert", "request", "require", "verify_if_given", "require_and_verify"])
def test_a_certificate_is_read(folder, clients):
    lines = f"tls cert.pem key.pem ca.pem {{\n client_auth {clients}\n keylog {folder}/secrets\n}}"
    files = setting_of(lines, folder).credentials.files
    assert (files.certificate, files.authority) == (folder / "cert.pem", folder / "ca.pem")
    assert (files.clients, files.keylog) == (clients, folder / "secrets")


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ("tls cert.pem", "needs its key"),
        ("tls", "ACME are not part of clusterdns"),
        ("tls cert.pem key.pem ca.pem more.pem", "one argument too many"),
        ("tls cert.pem nowhere.pem", "nowhere.pem: No such file or directory"),
        ("tls cert.pem key.pem nowhere.pem", "nowhere.pem: No such file or directory"),
        ("tls key.pem cert.pem", "not a certificate and its key in PEM"),
        ("tls cert.pem key.pem {\n unknown\n}", "unknown property"),
        ("tls cert.pem key.pem {\n client_auth\n}", "expected"),
        ("tls cert.pem key.pem {\n client_auth none bogus\n}", "one argument too many"),
        ("tls cert.pem key.pem {\n client_auth bogus\n}", "unknown authentication type"),
        ("tls cert.pem key.pem {\n keylog\n}", "expected"),
        ("tls cert.pem key.pem {\n keylog missing/secrets\n}", "No such file"),
    ],
)
def test_what_is_no_certificate_is_an_error(folder, lines, problem):
    with pytest.raises(CorefileError, match=problem):
        setting_of(lines, folder)


@pytest.mark.parametrize(
    ("key", "lines", "problem"),
    [
        ("quic://.", "", "quic:// needs a certificate"),
        ("https3://.", "", "https3:// needs a certificate"),
        ("quic://.", "tls cert.pem key.pem {\n client_auth require_and_verify\n}", "can't ask clients"),
        ("grpc://.", "", "grpc:// is not part of clusterdns"),
        ("tls://.", "", ""),
        ("https://.", "", ""),
        ("quic://.", "tls cert.pem key.pem", ""),
    ],
)
def test_what_a_transport_needs_is_said(folder, key, lines, problem):
    corefile = parse(f"{key} {{\n root {folder}\n {lines}\n whoami\n}}", "Corefile", env={})
    _, problems = make_sites(corefile, World(Tables(), log=Log(io.StringIO())), Defaults())
    assert problem in " ".join(map(str, problems))
    assert bool(problems) == bool(problem)
