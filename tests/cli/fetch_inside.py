"""Run by test_run in the place of a Pod: serves HTTP at the Pod's own address, and has curl fetch it by its name."""

import socket
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread


class Hello(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(
            f"{socket.gethostname()} says hello to {self.headers['User-Agent'].partition('/')[0]}\n".encode()
        )

    def log_message(self, *_: object) -> None:
        pass


with HTTPServer((socket.gethostbyname(socket.gethostname()), 8000), Hello) as server:
    Thread(target=server.handle_request).start()
    sys.exit(subprocess.run(["curl", "--silent", "--show-error", "http://chat:8000/"], check=False).returncode)
