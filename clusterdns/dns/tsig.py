"""Transaction signatures: who asked, and was it signed with the secret that we share (RFC 8945)?

Reads the record that ends a query, verifies it, and signs replies, of a zone transfer each message. What is verified in
which order, and how an error is told, is what CoreDNS (miekg/dns) does. Bytes, secrets and the time come in.
"""

import hashlib
import hmac
import struct
from collections.abc import Mapping
from typing import Final, NamedTuple

from clusterdns.dns.codes import ANY, TSIG
from clusterdns.dns.names import Name
from clusterdns.dns.record import FIXED
from clusterdns.dns.wire import read_name

BADSIG: Final = 16
BADKEY: Final = 17
BADTIME: Final = 18

Secrets = Mapping[Name, bytes]
"""Keys by name, lower-case."""

USELESS: Final = b""
"""The secret of a key that signs nothing."""

_ALGORITHMS: Final = {
    b"\x09hmac-sha1\0": hashlib.sha1,
    b"\x0bhmac-sha224\0": hashlib.sha224,
    b"\x0bhmac-sha256\0": hashlib.sha256,
    b"\x0bhmac-sha384\0": hashlib.sha384,
    b"\x0bhmac-sha512\0": hashlib.sha512,
}
_FUDGE: Final = 300  # seconds by which clocks may differ
_TIME: Final = struct.Struct("!HIH")  # 48 bits of seconds, and the fudge
_COUNT: Final = struct.Struct("!H")
_END: Final = struct.Struct("!HHH")  # original ID, error, octets of other data
_LEAST: Final = _TIME.size + _COUNT.size + _END.size
_ADDITIONALS: Final = 10  # where a header counts the additional records


class Signature(NamedTuple):
    """The TSIG record of a query. Names are spelled as they came; `time` and `fudge` count seconds."""

    key: bytes
    algorithm: bytes
    time: int
    fudge: int
    mac: bytes
    original_id: int
    rest: bytes  # error, and other data behind its length
    start: int  # where in the message the record begins


def parse_signature(wire: bytes, start: int, end: int) -> Signature:
    """The TSIG record from `start` to `end`, of the right form. Its data may end early: then the rest counts as 0."""
    key, at = read_name(wire, start)
    at += FIXED.size
    algorithm, at = read_name(wire, at) if at < end else (b"\0", at)
    data = wire[at:end].ljust(_LEAST, b"\0")
    high, low, fudge = _TIME.unpack_from(data)
    (size,) = _COUNT.unpack_from(data, _TIME.size)
    at = _TIME.size + _COUNT.size
    mac, data = data[at : at + size], data[at + size :].ljust(_END.size, b"\0")
    original_id, _, length = _END.unpack_from(data)
    rest = data[_END.size - 4 : _END.size + length]
    return Signature(key, algorithm, high << 32 | low, fudge, mac, original_id, rest, start)


def verify(wire: bytes, signature: Signature, secrets: Secrets, now: float) -> int:
    """0 if a query was signed with one of the secrets just now, else what is wrong (RFC 8945 5.2).

    `BADKEY`: not with a known one. `BADSIG`: the query was changed, or the algorithm is unknown. `BADTIME`: too long
    ago or too far in the future; `now` counts seconds since 1970.
    """
    secret = secrets.get(signature.key.lower())
    if secret is None:
        return BADKEY
    algorithm = _ALGORITHMS.get(signature.algorithm.lower())
    if algorithm is None or secret == USELESS:
        return BADSIG
    count = int.from_bytes(wire[_ADDITIONALS : _ADDITIONALS + 2], "big") - 1
    counts = wire[2:_ADDITIONALS] + _COUNT.pack(count)
    unsigned = _COUNT.pack(signature.original_id) + counts + wire[_ADDITIONALS + 2 : signature.start]
    variables = _variables(signature, signature.time, signature.fudge, signature.rest)
    mac = hmac.digest(secret, unsigned + variables, algorithm)
    if not hmac.compare_digest(mac, signature.mac):
        return BADSIG
    return 0 if abs(int(now) - signature.time) <= signature.fudge else BADTIME


class Signer:
    """Signs the reply to a query, or one after the other those of a zone transfer.

    `error` is what `verify` found; replies to queries of unknown keys or with wrong signatures are not signed, and only
    say so.
    """

    def __init__(self, signature: Signature, secrets: Secrets, error: int, now: float) -> None:
        self._signature = signature
        self._secret = None if error in (BADKEY, BADSIG) else secrets[signature.key.lower()]
        self._error = error
        self._now = int(now)
        self._last = signature.mac  # of the query, then of each message
        self._is_first = True

    def sign(self, message: bytes) -> bytes:
        """The message with a TSIG record at its end."""
        signature, error = self._signature, self._error
        other = b""
        if error == BADTIME:
            time, other = signature.time, self._now.to_bytes(6, "big")
        else:
            time = self._now
        rest = _COUNT.pack(error) + _COUNT.pack(len(other)) + other
        mac = b""
        if self._secret is not None:
            last = _COUNT.pack(len(self._last)) + self._last
            variables = _variables(signature, time, _FUDGE, rest) if self._is_first else _timers(time, _FUDGE)
            algorithm = _ALGORITHMS[signature.algorithm.lower()]
            mac = self._last = hmac.digest(self._secret, last + message + variables, algorithm)
            self._is_first = False
        else:
            time = 0
        timers = _timers(time, _FUDGE)
        rdata = signature.algorithm + timers + _COUNT.pack(len(mac)) + mac + message[:2] + rest
        count = int.from_bytes(message[_ADDITIONALS : _ADDITIONALS + 2], "big") + 1
        head = message[:_ADDITIONALS] + _COUNT.pack(count)
        record = signature.key + FIXED.pack(TSIG, ANY, 0, len(rdata)) + rdata
        return head + message[_ADDITIONALS + 2 :] + record


def _variables(signature: Signature, time: int, fudge: int, rest: bytes) -> bytes:
    """What is signed besides the message (RFC 8945 4.3.3)."""
    named = signature.key.lower() + _COUNT.pack(ANY) + bytes(4)
    return named + signature.algorithm.lower() + _timers(time, fudge) + rest


def _timers(time: int, fudge: int) -> bytes:
    return _TIME.pack(time >> 32 & 0xFFFF, time & 0xFFFFFFFF, fudge)
