"""A machine as its files show it, below any root: settings, and who has which port (proc(5)). Changes nothing."""

import ipaddress
import re
import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

_TABLES: Final = {"udp": "UDP", "udp6": "UDP", "tcp": "TCP", "tcp6": "TCP"}
_LISTENS: Final = {"UDP": "07", "TCP": "0A"}
_PROCESS: Final = re.compile(r"[0-9]+")


class Holder(NamedTuple):
    """A socket that waits at a port, and the program that has it, "" if that is not to be seen."""

    transport: str
    address: str
    program: str

    @property
    def everywhere(self) -> bool:
        return self.address in ("0.0.0.0", "::")

    def __str__(self) -> str:
        return self.program or "another program"


class Machine:
    """`root` is where its files are, `platform` as `sys.platform` has it."""

    def __init__(self, root: Path = Path("/"), platform: str = "linux") -> None:
        self.platform = platform
        self._root = root

    def read(self, path: str) -> str:
        """The text of a file, "" if there is none."""
        with suppress(OSError):
            return (self._root / path).read_text(encoding="utf-8", errors="replace")
        return ""

    def exists(self, path: str) -> bool:
        return (self._root / path).exists()

    def read_all(self, folder: str, suffix: str) -> str:
        """The texts of the files in a folder, in the order of their names."""
        return "\n".join(self.read(str(path)) for path in sorted((self._root / folder).glob(f"*{suffix}")))

    def holders(self, port: int) -> list[Holder]:
        """Who waits at a port; known on Linux only."""
        found = list(self._sockets(port))
        programs = self._programs({inode for _, _, inode in found}) if found else {}
        return [Holder(transport, address, programs.get(inode, "")) for transport, address, inode in found]

    def _sockets(self, port: int) -> Iterator[tuple[str, str, str]]:
        for table, transport in _TABLES.items():
            for line in self.read(f"proc/net/{table}").splitlines()[1:]:
                words = line.split()
                if len(words) < 10 or words[3] != _LISTENS[transport]:
                    continue
                host, _, number = words[1].partition(":")
                if int(number, 16) == port:
                    yield transport, _address(host), words[9]

    def _programs(self, inodes: set[str]) -> dict[str, str]:
        """The names of the programs that have sockets open, by inode; of those processes that we may look at."""
        wanted = {f"socket:[{inode}]": inode for inode in inodes}
        found = {}
        for process in (self._root / "proc").iterdir():
            if _PROCESS.fullmatch(process.name):
                with suppress(OSError):
                    for file in (process / "fd").iterdir():
                        if (inode := wanted.get(str(file.readlink()))) is not None:
                            found[inode] = (process / "comm").read_text(encoding="utf-8", errors="replace").strip()
        return found


def _address(text: str) -> str:
    """An address as the kernel writes it: words of 32 bits, each in the machine's order."""
    words = [int(text[at : at + 8], 16) for at in range(0, len(text), 8)]
    return str(ipaddress.ip_address(struct.pack(f"={len(words)}I", *words)))
