"""`clusterdns cert`: a certificate for trying out TLS, HTTPS and QUIC, and the authority that has signed it.

The authority is made once and signs every later certificate, so that who trusts it has to do so once. Knows X.509, no
server.
"""

import datetime
import os
from ipaddress import ip_address
from pathlib import Path
from typing import Final

import click
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_AUTHORITY: Final = "clusterdns test authority"
_NAMES: Final = ("localhost", "127.0.0.1", "::1")
_DAYS: Final = 365  # that a certificate is good for
_AUTHORITY_DAYS: Final = 3650


@click.command(name="cert")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), metavar="DIR")
@click.option("--name", "names", multiple=True, metavar="NAME", help="A name or address of the server. [repeatable]")
def command(folder: Path, names: tuple[str, ...]) -> None:
    """Make a certificate for trying out tls://, https:// and quic://, signed by an authority of your own.

    Writes ca.pem, ca.key, cert.pem and key.pem into DIR. The authority stays if it is there already, and signs a new
    certificate, which a running server picks up. It is good for localhost, 127.0.0.1, ::1 and every --name.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        authority, authority_key = _authority(folder)
        key = _make_key()
        certificate = _sign(authority, authority_key, key, [*_NAMES, *names])
        _write(folder / "key.pem", _key_pem(key), secret=True)
        _write(folder / "cert.pem", certificate.public_bytes(serialization.Encoding.PEM))
    except OSError as error:
        raise click.ClickException(f"{error.filename}: {error.strerror}") from None
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    click.echo(_explanation(folder))


def _authority(folder: Path) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """The authority of the folder, made if it is not there. Raises `ValueError` for files that are something else."""
    certificate_file, key_file = folder / "ca.pem", folder / "ca.key"
    if not certificate_file.exists() and not key_file.exists():
        key = _make_key()
        certificate = _sign_authority(key)
        _write(key_file, _key_pem(key), secret=True)
        _write(certificate_file, certificate.public_bytes(serialization.Encoding.PEM))
        return certificate, key
    try:
        certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
        found = serialization.load_pem_private_key(key_file.read_bytes(), None)
    except ValueError:
        found = None
    if not isinstance(found, ec.EllipticCurvePrivateKey) or certificate.public_key() != found.public_key():
        raise ValueError(
            f"{certificate_file} and {key_file} are no authority of clusterdns: move them away, or name another folder"
        )
    return certificate, found


def _make_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _sign_authority(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = _distinguished(_AUTHORITY)
    usage = x509.KeyUsage(
        digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    return (
        _begin(name, name, key.public_key(), _AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(identifier, critical=False)
        .sign(key, hashes.SHA256())
    )


def _sign(
    authority: x509.Certificate,
    authority_key: ec.EllipticCurvePrivateKey,
    key: ec.EllipticCurvePrivateKey,
    names: list[str],
) -> x509.Certificate:
    known = x509.SubjectAlternativeName([_alternative(name) for name in dict.fromkeys(names)])
    signed_by = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    return (
        _begin(_distinguished(names[0]), authority.subject, key.public_key(), _DAYS)
        .add_extension(known, critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(signed_by, critical=False)
        .sign(authority_key, hashes.SHA256())
    )


def _begin(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, days: int) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))  # clocks differ
        .not_valid_after(now + datetime.timedelta(days=days))
    )


def _distinguished(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(file: Path, data: bytes, *, secret: bool = False) -> None:
    """Writes a file in one step, so that a server never reads half of it."""
    part = file.with_name(f"{file.name}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if secret else 0o644), "wb") as opened:
        opened.write(data)
    part.replace(file)


def _explanation(folder: Path) -> str:
    ca = folder / "ca.pem"
    return f"""\
{ca} is the authority, {folder / "cert.pem"} the certificate; the keys beside them are for nobody else.

In the Corefile:
  tls://.:8853 https://.:8443 quic://.:8853 {{
      tls {folder / "cert.pem"} {folder / "key.pem"}
      kubernetes cluster.local
  }}

Ask:
  kdig @127.0.0.1 -p 8853 +tls-ca={ca} +tls-host=localhost web.default.svc.cluster.local
  kdig @127.0.0.1 -p 8443 +https +tls-ca={ca} +tls-host=localhost web.default.svc.cluster.local
  curl --cacert {ca} --doh-url https://localhost:8443/dns-query http://web.default.svc.cluster.local

Trust it everywhere (take it back when you have done):
  Debian, Ubuntu  cp {ca} /usr/local/share/ca-certificates/clusterdns.crt && update-ca-certificates
  Fedora          cp {ca} /etc/pki/ca-trust/source/anchors/clusterdns.pem && update-ca-trust
  macOS           security add-trusted-cert -r trustRoot -k ~/Library/Keychains/login.keychain-db {ca}
  Windows         certutil -user -addstore Root {ca}
  Python, httpx   SSL_CERT_FILE={ca}
  Firefox         Settings, Privacy & Security, View Certificates, Authorities, Import"""
