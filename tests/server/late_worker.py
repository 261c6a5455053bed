"""A worker that takes up a configuration when the first one serves the next one already, elsewhere.

Prints who answers where both have been and left.
"""

import io
import socket
from multiprocessing import Pipe

from clusterdns.logs import Log
from clusterdns.server.binder import Sockets
from clusterdns.server.share import Share
from clusterdns.server.sockets import Endpoint
from clusterdns.server.workers import Supervisor

first_end, second_end = Pipe()


def work(share: Share) -> int:
    if not share.is_first:
        old = second_end.recv()
        share.configuration()
        second_end.send("about to take it up")
        second_end.recv()
        share.bind(old)
        share.keep([old])
        share.serving(None)
        share.keep([])
        second_end.send("left")
        second_end.recv()
        return 0
    old = share.bind(Endpoint("dns", "127.0.0.1", 0)).endpoint
    share.keep([old])
    share.serving("old")
    first_end.send(old)
    first_end.recv()
    new = share.bind(old._replace(host="127.0.0.2")).endpoint
    share.keep([new])
    share.serving("new")
    first_end.send("served")
    first_end.recv()
    try:
        socket.create_connection((old.host, old.port), 10).close()
        print("somebody")
    except ConnectionRefusedError:
        print("nobody")
    share.end()
    return 0


Supervisor(2, Sockets(2), work, Log(io.StringIO())).run()
