"""`clusterdns cert`: from nothing to an answer over TLS."""

import ssl
import subprocess
from pathlib import Path

import dns.message
import dns.query
import pytest
from commands import run
from cryptography import x509
from serving import PATIENCE, free_port

from clusterdns.credentials import Credentials, Files


def names_of(certificate: Path) -> list[str]:
    found = x509.load_pem_x509_certificate(certificate.read_bytes())
    known = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return [str(name.value) for name in known]


def test_a_server_with_the_certificate_is_trusted_by_who_trusts_the_authority(tmp_path, serve):
    shown = run("cert", tmp_path / "tls")
    assert shown.returncode == 0, shown.stderr
    port = free_port()
    (tmp_path / "Corefile").write_text(
        f". {{\n whoami\n}}\ntls://.:{port} {{\n tls {tmp_path}/tls/cert.pem {tmp_path}/tls/key.pem\n whoami\n}}"
    )
    serve("--conf", tmp_path / "Corefile")
    for host in ("localhost", "127.0.0.1"):
        question = dns.message.make_query("web.example.", "A")
        trusted = str(tmp_path / "tls" / "ca.pem")
        reply = dns.query.tls(question, "127.0.0.1", PATIENCE, port, verify=trusted, server_hostname=host)
        assert reply.additional[0][0].to_text() == "127.0.0.1"


def test_it_says_what_to_write_into_the_corefile_and_how_to_ask(tmp_path):
    shown = run("cert", tmp_path).stdout
    assert f"tls {tmp_path / 'cert.pem'} {tmp_path / 'key.pem'}" in shown
    assert f"kdig @127.0.0.1 -p 8853 +tls-ca={tmp_path / 'ca.pem'}" in shown
    assert "update-ca-certificates" in shown


def test_the_authority_stays_and_the_certificate_is_renewed_for_other_names(tmp_path):
    run("cert", tmp_path)
    authority, certificate = (tmp_path / "ca.pem").read_bytes(), (tmp_path / "cert.pem").read_bytes()
    run("cert", tmp_path, "--name", "dns.lab.example", "--name", "192.0.2.53")
    assert (tmp_path / "ca.pem").read_bytes() == authority
    assert (tmp_path / "cert.pem").read_bytes() != certificate
    assert names_of(tmp_path / "cert.pem") == ["localhost", "127.0.0.1", "::1", "dns.lab.example", "192.0.2.53"]
    verified = subprocess.run(
        ["openssl", "verify", "-x509_strict", "-CAfile", tmp_path / "ca.pem", tmp_path / "cert.pem"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert verified.returncode == 0, verified.stderr


def test_the_keys_are_for_nobody_else(tmp_path):
    run("cert", tmp_path)
    assert {file.name for file in tmp_path.iterdir() if not file.stat().st_mode & 0o077} == {"ca.key", "key.pem"}
    assert isinstance(Credentials(Files(tmp_path / "cert.pem", tmp_path / "key.pem"), print).context(), ssl.SSLContext)


@pytest.mark.parametrize("text", ["no certificate", ""])
def test_an_authority_of_somebody_else_is_left_alone(tmp_path, text):
    run("cert", tmp_path)
    (tmp_path / "ca.pem").write_text(text)
    shown = run("cert", tmp_path)
    assert shown.returncode == 1
    assert "move them away, or name another folder" in shown.stderr
    assert (tmp_path / "ca.pem").read_text() == text


def test_a_folder_that_can_not_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    shown = run("cert", tmp_path / "file" / "folder")
    assert shown.returncode == 1
    assert "Not a directory" in shown.stderr
