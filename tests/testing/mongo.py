"""A MongoDB server as far as a driver needs one to say hello and to be pinged (OP_MSG of the wire protocol)."""

import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import bson

_HEADER = struct.Struct("<4i")
_OP_REPLY, _OP_QUERY, _OP_MSG = 1, 2004, 2013


class _Handler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        while (head := self._read(_HEADER.size)) and len(head) == _HEADER.size:
            length, ident, _, opcode = _HEADER.unpack(head)
            body = self._read(length - _HEADER.size)
            document = bson.encode(self._hello())
            if opcode == _OP_QUERY:
                reply = struct.pack("<iqii", 8, 0, 0, 1) + document
                code = _OP_REPLY
            else:
                assert body
                reply, code = struct.pack("<ib", 0, 0) + document, _OP_MSG
            self.request.sendall(_HEADER.pack(_HEADER.size + len(reply), 1, ident, code) + reply)

    def _hello(self) -> dict[str, Any]:
        return {"ok": 1.0, "helloOk": True, "isWritablePrimary": True, "ismaster": True, "maxWireVersion": 25,
                "minWireVersion": 0, "maxBsonObjectSize": 1 << 24, "maxMessageSizeBytes": 48_000_000,
                "maxWriteBatchSize": 100_000, "readOnly": False}  # fmt: skip

    def _read(self, octets: int) -> bytes:
        data = b""
        while len(data) < octets and (piece := self.request.recv(octets - len(data))):
            data += piece
        return data


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True


@contextmanager
def mongo_server() -> Iterator[int]:
    """The port on 127.0.0.1 at which it listens meanwhile."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
