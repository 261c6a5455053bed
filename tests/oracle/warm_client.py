"""The short-lived part of a command that has started already (see warm_server): imports as little as can be.

warm_client.py SOCKET ARGUMENT...
"""

import array
import os
import socket
import sys

with socket.socket(socket.AF_UNIX) as there:
    there.connect(sys.argv[1])
    folder = os.getcwd()  # noqa: PTH109 - pathlib takes a while to import
    variables = [f"{name}={value}" for name, value in os.environ.items()]
    words = "\0".join([folder, str(len(sys.argv) - 2), *sys.argv[2:], *variables]).encode()
    there.sendmsg([words], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0, 1, 2]))])
    ended = there.recv(1)
sys.exit(ended[0] if ended else 1)
