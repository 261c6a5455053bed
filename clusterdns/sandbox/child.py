"""The child: goes into the namespaces, binds sockets there for the server, and becomes the program.

It speaks with the server's process over a `Connection`, a word at a time; when that breaks, the server is gone.
"""

import os
import shutil
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import NoReturn

from clusterdns.plugins.base import StartError
from clusterdns.sandbox.files import put_in_front
from clusterdns.sandbox.kernel import Forbidden, die_with, enter_namespaces
from clusterdns.sandbox.loopback import bring_up
from clusterdns.server.binder import Sockets
from clusterdns.server.share import send_sockets
from clusterdns.server.sockets import Endpoint

_MISLEADING = ("LOCALDOMAIN", "RES_OPTIONS", "HOSTALIASES")  # by which resolvers overrule resolv.conf
_NOT_FOUND, _NOT_EXECUTABLE = 127, 126  # exit statuses, as shells have them


@dataclass(frozen=True)
class Plan:
    """What the program shall find: files by their path, and, in a network of its own, addresses on `lo`.

    `hostname` is the machine's unless one is given.
    """

    files: Mapping[str, str]
    network: bool = True
    addresses: Sequence[str] = ()
    hostname: str = ""


def become(command: Sequence[str], plan: Plan, tie: Connection, parent: int) -> NoReturn:
    """All that the child does. It says `None` once it is inside, or what stands in the way."""
    try:
        _undo_what_python_did_to_signals()
        _go_inside(plan)
        die_with(parent)
        tie.send(None)
        _bind_for_the_server(tie)
        _execute(command)
    except Forbidden as error:
        tie.send(str(error))
    except EOFError:
        pass  # the server has given up
    finally:
        os._exit(1)  # whatever happened, this is not the server's process


def _undo_what_python_did_to_signals() -> None:
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def _go_inside(plan: Plan) -> None:
    enter_namespaces(network=plan.network)
    if plan.hostname:
        socket.sethostname(plan.hostname)
    put_in_front(plan.files)
    if plan.network:
        try:
            bring_up(plan.addresses)
        except OSError as error:
            raise Forbidden(f"the network of the program can't have its addresses: {error.strerror}") from None


def _bind_for_the_server(tie: Connection) -> None:
    """Answers `bind ENDPOINT` with the sockets or a sentence, until `go`."""
    sockets = Sockets()
    while True:
        match tie.recv():
            case ("go",):
                sockets.keep(())
                return
            case ("bind", endpoint):
                try:
                    bound = sockets.bind(Endpoint(*endpoint))
                except StartError as error:
                    tie.send(str(error))
                else:
                    tie.send(bound.endpoint)
                    send_sockets(tie, bound, 0)


def _execute(command: Sequence[str]) -> NoReturn:
    env = {name: value for name, value in os.environ.items() if name not in _MISLEADING}
    try:
        os.execvpe(command[0], [*command], env)  # noqa: S606 - it is what the user asked for
    except OSError as error:
        found = shutil.which(command[0], mode=os.F_OK) or os.path.sep in command[0]
        sys.stderr.write(f"clusterdns run: {command[0]}: {error.strerror if found else 'command not found'}\n")
        sys.stderr.flush()
        os._exit(_NOT_FOUND if isinstance(error, FileNotFoundError) else _NOT_EXECUTABLE)
