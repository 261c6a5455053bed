"""The certificate by which a server is known, and whom it wants to know in return.

Files are read again when they have changed, so that a renewed certificate is used from the next handshake on; one that
can't be used is a warning, and the last good one stays. Knows TLS, no DNS and no sockets.
"""

import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ALWAYS: Final = "require_and_verify"
IF_GIVEN: Final = "verify_if_given"
NEVER: Final = "nocert"

_ASKED: Final = {
    NEVER: ssl.CERT_NONE,
    "request": ssl.CERT_NONE,  # what is asked for and not looked at need not be asked for
    "require": ssl.CERT_REQUIRED,
    IF_GIVEN: ssl.CERT_OPTIONAL,
    ALWAYS: ssl.CERT_REQUIRED,
}
CLIENTS: Final = tuple(_ASKED)
"""What may be asked of clients (Go's tls.ClientAuthType, as CoreDNS names it)."""

Stamp = tuple[tuple[int, int, int], ...]
"""Of files: when each was changed, its octets, and its number on the disk."""


@dataclass(frozen=True)
class Files:
    """Where a server's credentials are. `authority` signs the certificates of clients; None: what the system trusts."""

    certificate: Path
    key: Path
    authority: Path | None = None
    clients: str = NEVER
    keylog: Path | None = None  # where the secrets of connections are written, to look into them


class Credentials:
    """A certificate with its key, as it is on disk now. Raises `ValueError` with a sentence if it can't be used."""

    def __init__(self, files: Files, warn: Callable[[str], None]) -> None:
        self.files = files
        self._warn = warn
        self._contexts: dict[tuple[str, ...], tuple[Stamp, ssl.SSLContext]] = {}
        self.context()

    @property
    def wants_clients_known(self) -> bool:
        """Does a client need a certificate?"""
        return _ASKED[self.files.clients] == ssl.CERT_REQUIRED

    @property
    def stamp(self) -> Stamp:
        """Differs once the files have changed."""
        files = (self.files.certificate, self.files.key, self.files.authority)
        return tuple(_stamp(file) for file in files if file is not None)

    def context(self, *protocols: str) -> ssl.SSLContext:
        """What a TLS server needs now; `protocols` are offered to clients (ALPN, RFC 7301), most welcome first."""
        stamp = self.stamp
        known = self._contexts.get(protocols)
        if known is not None and known[0] == stamp:
            return known[1]
        try:
            context = self._load(protocols)
        except ValueError as error:
            if known is None:
                raise
            context = known[1]
            self._warn(f"{error}; the certificate from before is still used")
        self._contexts[protocols] = stamp, context
        return context

    def _load(self, protocols: Sequence[str]) -> ssl.SSLContext:
        files = self.files
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.options |= ssl.OP_NO_RENEGOTIATION
        context.verify_mode = _ASKED[files.clients]
        with _in_files(files.certificate, files.key):
            context.load_cert_chain(files.certificate, files.key)
        if files.authority is None:
            context.load_default_certs(ssl.Purpose.CLIENT_AUTH)
        else:
            with _in_files(files.authority):
                context.load_verify_locations(files.authority)
        if files.keylog is not None:
            with _in_files(files.keylog):
                context.keylog_filename = str(files.keylog)
        if protocols:
            context.set_alpn_protocols(list(protocols))
        return context


def _stamp(file: Path) -> tuple[int, int, int]:
    """Differs when a file was changed or replaced."""
    try:
        found = file.stat()
    except OSError:
        return 0, 0, 0
    return found.st_mtime_ns, found.st_size, found.st_ino


@contextmanager
def _in_files(*files: Path) -> Iterator[None]:
    """Says of what goes wrong with which files it does."""
    try:
        yield
    except OSError as error:  # an SSLError is one
        raise ValueError(f"{' and '.join(map(str, files))}: {_reason(error)}") from None


def _reason(error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        mismatch = error.reason == "KEY_VALUES_MISMATCH"
        return "the key is not that of the certificate" if mismatch else "not a certificate and its key in PEM"
    return error.strerror or str(error)


def client_context(files: Sequence[Path]) -> ssl.SSLContext:
    """What a client checks a server by, and shows itself: a CA, a certificate and its key, or these and a CA.

    Without files, or without a CA, what the system trusts counts. Raises `OSError` for files that can't be used.
    """
    authority = files[-1] if len(files) in (1, 3) else None
    context = ssl.create_default_context(cafile=authority)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if len(files) > 1:
        context.load_cert_chain(files[0], files[1])
    return context
