"""In a network of its own, where UDP has one port left of a hundred, whichever that is."""

import socket
import subprocess
from pathlib import Path

from clusterdns.server.sockets import Endpoint, bind

FIRST, LAST = 40_000, 40_099

subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
Path("/proc/sys/net/ipv4/ip_local_port_range").write_text(f"{FIRST} {LAST}")
for left in range(FIRST, LAST, 9):
    taken = []
    for port in range(FIRST, LAST + 1):
        if port != left:
            taken.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            taken[-1].bind(("127.0.0.1", port))
    bound = bind(Endpoint("dns", "127.0.0.1", 0))
    print(bound.endpoint.port == left)
    for sock in (*taken, *bound.sockets):
        sock.close()
