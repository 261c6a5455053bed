"""Looks names up by c-ares, all at once: prints `NAME found ADDRESS` for each address, or `NAME error ARES_...`."""

import sys
from functools import partial
from threading import Semaphore

import pycares


def main(names: list[str]) -> None:
    done = Semaphore(0)
    channel = pycares.Channel()
    for name in names:
        channel.getaddrinfo(name, None, callback=partial(tell, name, done))
    for _ in names:
        done.acquire()
    channel.close()


def tell(name: str, done: Semaphore, found: pycares.AddrInfoResult | None, error: int | None) -> None:
    if error:
        print(name, "error", pycares.errno.errorcode[error])
    for node in found.nodes if found else ():
        print(name, "found", node.addr[0].decode())
    done.release()


if __name__ == "__main__":
    main(sys.argv[1:])
