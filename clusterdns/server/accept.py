"""Connections taken from a listening socket, by TLS where there is a certificate.

Handshakes are bounded in time and number: when too many are under way, the oldest is given up, so that who dallies is
in nobody's way. Knows no DNS.
"""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from ssl import SSLContext
from typing import Final

_AT_ONCE: Final = 64  # connections taken before other work of the loop gets its turn
_MOST_HANDSHAKES: Final = 256  # under way
_CALM_SECONDS: Final = 0.1  # until the next look when the process has no file left
_GOODBYE_SECONDS: Final = 1.0  # that a client has to answer the end of TLS


class Acceptor:
    """Makes connections by `connect` while it is open.

    `context` gives the certificate for each, None for no TLS; `seconds` how long a handshake may take.
    """

    def __init__(
        self,
        sock: socket.socket,
        connect: Callable[[], asyncio.Protocol],
        context: Callable[[], SSLContext | None],
        seconds: Callable[[], float],
    ) -> None:
        self._sock = sock
        self._connect = connect
        self._context = context
        self._seconds = seconds
        self._loop = asyncio.get_running_loop()
        self._handshakes: dict[asyncio.Task[None], None] = {}  # the oldest first
        self._closed = False
        sock.setblocking(False)
        self._listen()

    def close(self) -> None:
        """Takes no more connections, and closes the socket, so that clients are refused."""
        if self._closed:
            return
        self._closed = True
        self._loop.remove_reader(self._sock)
        self._sock.close()
        for handshake in self._handshakes:
            handshake.cancel()

    def _listen(self) -> None:
        if not self._closed:
            self._loop.add_reader(self._sock, self._accept)

    def _accept(self) -> None:
        for _ in range(_AT_ONCE):
            try:
                taken, _ = self._sock.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError:  # there is no file left, which waiting may mend
                self._loop.remove_reader(self._sock)
                self._loop.call_later(_CALM_SECONDS, self._listen)
                return
            taken.setblocking(False)
            task = self._loop.create_task(self._welcome(taken))
            self._handshakes[task] = None
            task.add_done_callback(self._handshakes.pop)
            if len(self._handshakes) > _MOST_HANDSHAKES:
                next(iter(self._handshakes)).cancel()

    async def _welcome(self, taken: socket.socket) -> None:
        context = self._context()
        seconds = None if context is None else self._seconds()
        with suppress(OSError, TimeoutError):  # an SSLError is an OSError
            await self._loop.connect_accepted_socket(
                self._connect,
                taken,
                ssl=context,
                ssl_handshake_timeout=seconds,
                ssl_shutdown_timeout=None if context is None else _GOODBYE_SECONDS,
            )
