"""Certificates: renewed on disk while serving, asked of clients, refused when they can't be used."""

import socket
import ssl

import pytest
from answering import PATIENCE, Stub, framed, query_wire, read_framed
from encrypted import Authority, ask, encrypting, make_authority

from clusterdns.credentials import ALWAYS, IF_GIVEN, Credentials, Files


@pytest.fixture
def authority(tmp_path) -> Authority:
    return make_authority(tmp_path)


def presented(port: int, context: ssl.SSLContext) -> int:
    """The serial number of the certificate that a new connection is shown; the connection is used once."""
    sock = socket.create_connection(("127.0.0.1", port), PATIENCE)
    with context.wrap_socket(sock, server_hostname="localhost") as client:
        client.sendall(framed(query_wire("web.example.")))
        assert read_framed(client), "it was not answered"
        return int(client.getpeercert()["serialNumber"], 16)


def test_a_renewed_certificate_is_shown_from_the_next_connection_on(authority):
    with encrypting(Stub(), "tls", authority) as server:
        before = presented(server.port, authority.trust())
        assert presented(server.port, authority.trust()) == before
        authority.issue()
        assert presented(server.port, authority.trust()) != before


def harm_files(authority: Authority, files: Files, harm: str) -> None:
    """Makes a certificate in use one that can't be used."""
    match harm:
        case "garbage":
            files.certificate.write_text("no certificate")
        case "missing":
            files.key.unlink()
        case _:
            files.key.write_bytes(authority.issue("another").key.read_bytes())


HARMS = ["garbage", "missing", "another key"]


@pytest.mark.parametrize("harm", HARMS)
def test_a_certificate_that_can_not_be_used_is_a_warning_and_the_last_one_stays(authority, harm):
    warnings: list[str] = []
    with encrypting(Stub(), "tls", authority, warnings=warnings) as server:
        before = presented(server.port, authority.trust())
        files = server.service.credentials.files
        harm_files(authority, files, harm)
        assert presented(server.port, authority.trust()) == before
        assert presented(server.port, authority.trust()) == before
        (warning,) = warnings
        assert str(files.certificate) in warning
        assert warning.endswith("the certificate from before is still used")
        authority.issue()
        assert presented(server.port, authority.trust()) != before


@pytest.mark.parametrize("harm", HARMS)
def test_so_it_does_over_quic(authority, harm):
    with encrypting(Stub(), "quic", authority) as server:
        assert ask("quic", server.port, authority, "web.example.").answer
        harm_files(authority, server.service.credentials.files, harm)
        assert ask("quic", server.port, authority, "web.example.").answer
        authority.issue()
        assert ask("quic", server.port, authority, "web.example.").answer


def test_only_clients_with_a_certificate_are_served_where_one_is_asked_for(authority):
    with encrypting(Stub(), "tls", authority, clients=ALWAYS) as server:
        presented(server.port, authority.trust(authority.issue("client")))
        with pytest.raises((OSError, AssertionError)):
            presented(server.port, authority.trust())
        (authority.folder / "elsewhere").mkdir()
        stranger = make_authority(authority.folder / "elsewhere")
        with pytest.raises((OSError, AssertionError)):
            presented(server.port, authority.trust(stranger.issue("stranger")))


def test_a_certificate_may_be_left_out_where_it_is_only_looked_at(authority):
    with encrypting(Stub(), "tls", authority, clients=IF_GIVEN) as server:
        presented(server.port, authority.trust())
        presented(server.port, authority.trust(authority.issue("client")))


@pytest.mark.parametrize(
    ("harm", "problem"),
    [
        ("garbage", "not a certificate and its key in PEM"),
        ("missing", "No such file or directory"),
        ("another key", "the key is not that of the certificate"),
    ],
)
def test_what_is_wrong_with_files_is_said(authority, harm, problem):
    files = authority.issue()
    other = authority.issue("another")
    if harm == "garbage":
        files.certificate.write_text("no certificate")
    elif harm == "missing":
        files.certificate.unlink()
    else:
        files = Files(files.certificate, other.key)
    with pytest.raises(ValueError, match=problem):
        Credentials(files, print)


def test_secrets_are_written_for_those_who_look_into_connections(authority, tmp_path):
    issued, keylog = authority.issue(), tmp_path / "secrets"
    context = Credentials(Files(issued.certificate, issued.key, keylog=keylog), print).context()
    assert context.keylog_filename == str(keylog)
    with pytest.raises(ValueError, match="No such file"):
        Credentials(Files(issued.certificate, issued.key, keylog=tmp_path / "nowhere" / "secrets"), print)
