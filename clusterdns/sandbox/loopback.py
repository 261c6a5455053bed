"""The loopback interface of a new network: brought up, with more addresses (rtnetlink(7)). Knows no DNS."""

import ipaddress
import os
import socket
import struct
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

_FIRST_PORT: Final = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")
_HEADER: Final = struct.Struct("=IHHII")  # length, type, flags, sequence, port
_LINK: Final = struct.Struct("=BxHiII")  # family, device type, index, flags, which of them change
_ADDRESS: Final = struct.Struct("=BBBBI")  # family, prefix, flags, scope, index
_ATTRIBUTE: Final = struct.Struct("=HH")  # length, type
_NEW_LINK: Final = 16
_NEW_ADDRESS: Final = 20
_REQUEST, _ACKNOWLEDGE, _REPLACE, _CREATE = 1, 4, 0x100, 0x400
_UP: Final = 1
_NO_DUPLICATE_DETECTION: Final = 2
_ATTRIBUTES: Final = (1, 2)  # IFA_ADDRESS, IFA_LOCAL
_HOST_SCOPE: Final = 254


def bring_up(addresses: Iterable[str]) -> None:
    """Brings `lo` of this network up and gives it the addresses, each for itself. Raises `OSError`.

    Ports below 1024 are everybody's, as container runtimes have it.
    """
    with suppress(OSError):  # a /proc that is read-only
        _FIRST_PORT.write_text("0", encoding="ascii")
    index = socket.if_nametoindex("lo")
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE) as kernel:
        _request(kernel, _NEW_LINK, 0, _LINK.pack(socket.AF_UNSPEC, 0, index, _UP, _UP))
        for text in addresses:
            address = ipaddress.ip_address(text)
            family = socket.AF_INET if address.version == 4 else socket.AF_INET6
            message = _ADDRESS.pack(family, address.max_prefixlen, _NO_DUPLICATE_DETECTION, _HOST_SCOPE, index)
            for attribute in _ATTRIBUTES:
                message += _ATTRIBUTE.pack(_ATTRIBUTE.size + len(address.packed), attribute) + address.packed
            _request(kernel, _NEW_ADDRESS, _REPLACE | _CREATE, message)


def _request(kernel: socket.socket, kind: int, flags: int, message: bytes) -> None:
    kernel.send(_HEADER.pack(_HEADER.size + len(message), kind, _REQUEST | _ACKNOWLEDGE | flags, 0, 0) + message)
    (number,) = struct.unpack_from("=i", kernel.recv(4096), _HEADER.size)
    if number:
        raise OSError(-number, os.strerror(-number))
