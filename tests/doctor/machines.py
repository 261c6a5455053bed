"""Machines of a test: a folder with the files of one, and what was seen on it."""

import struct
from ipaddress import ip_address
from pathlib import Path

from clusterdns.doctor import Finding, Machine, Seen, Target, examine

HERE = ("10.96.0.1",)
ASKED = Seen(HERE, HERE)
NOT_ASKED = Seen(HERE, ())
DOWN = Seen((), (), "127.0.0.1 port 5353: Connection refused")
UBUNTU = {
    "etc/resolv.conf": "nameserver 127.0.0.53\noptions edns0 trust-ad\nsearch .\n",
    "etc/nsswitch.conf": "passwd: files\nhosts: files mdns4_minimal [NOTFOUND=return] dns\n",
}
DROP_IN = "etc/systemd/resolved.conf.d/clusterdns.conf"


class Doctor:
    """Examines a machine that has files below `root`, for a server at 127.0.0.1 unless another is named."""

    def __init__(self, root: Path, files: dict[str, str], platform: str = "linux") -> None:
        self.root = root
        self.machine = Machine(root, platform)
        self._inodes = 1000
        (root / "proc/net").mkdir(parents=True)
        for path, text in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)

    def holds(self, program: str, address: str, port: int, table: str = "udp") -> None:
        """Adds a program that waits at a port, as /proc shows it."""
        self._inodes += 1
        words = struct.iter_unpack("=I", ip_address(address).packed)
        host = "".join(f"{word:08X}" for (word,) in words)
        state = {"udp": "07", "tcp": "0A"}[table.removesuffix("6")]
        with (self.root / "proc/net" / table).open("a") as file:
            if not file.tell():
                file.write(
                    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
                )
            file.write(f"  7: {host}:{port:04X} 00000000:0000 {state} 0:0 00:0 0 0 0 {self._inodes} 2 0\n")
        process = self.root / "proc" / str(self._inodes)
        (process / "fd").mkdir(parents=True)
        (process / "comm").write_text(f"{program}\n")
        (process / "fd/3").symlink_to(f"socket:[{self._inodes}]")

    def findings(self, seen: Seen, port: int = 5353, domain: str = "cluster.local") -> dict[str, Finding]:
        return {finding.code: finding for finding in examine(self.machine, Target("127.0.0.1", port, domain), seen)}
