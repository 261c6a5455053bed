"""clusterdns as a process that has started already, and forks for each run: hundreds of them would take minutes else.

    warm_server.py SOCKET

A run is in all else a process of its own: its arguments, folder, environment, standard streams and exit status are
those of the program that asks for it (see warm_client).
"""

import os
import signal
import socket
import sys

from clusterdns.cli import check, main  # noqa: F401 - what a run needs is here before it is asked for


def run(there: socket.socket) -> int:
    """Does what is asked for, in a process of its own; its exit status."""
    octets, files, _, _ = socket.recv_fds(there, 1 << 20, 3)
    folder, count, *words = octets.decode().split("\0")
    arguments = words[: int(count)]
    os.environ.clear()
    os.environ.update(variable.split("=", 1) for variable in words[int(count) :])
    for standard, file in enumerate(files):
        os.dup2(file, standard)
    os.chdir(folder)
    try:
        main(arguments, prog_name="clusterdns")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


def serve(path: str) -> None:
    """Forks for each run, until it is killed."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how they ended
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen(64)
        print("ready", flush=True)
        while True:
            there, _ = listening.accept()
            with there:
                if os.fork() == 0:
                    listening.close()
                    status = 1
                    try:
                        status = run(there)
                        there.send(bytes([status]))
                    finally:
                        os._exit(status)


if __name__ == "__main__":
    serve(sys.argv[1])
