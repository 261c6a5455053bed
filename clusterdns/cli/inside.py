"""Serves while a program runs that sees a Pod's DNS: which addresses the program finds, and who answers there.

At the cluster's own nameserver that is the Corefile's server. What else the Pod's resolv.conf names is asked on the
program's behalf where this machine reaches it, if the program has a network of its own.
"""

import asyncio
import ipaddress
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from clusterdns.corefile import Corefile, parse
from clusterdns.corefile.ports import first_port, leave_open
from clusterdns.plugins import ORDER
from clusterdns.plugins.base import StartError
from clusterdns.sandbox.child import Plan
from clusterdns.sandbox.files import HOSTS, NSSWITCH, RESOLV_CONF, plain_nsswitch
from clusterdns.sandbox.program import Program
from clusterdns.server.binder import Binder, Sockets
from clusterdns.server.keeper import Keeper
from clusterdns.server.server import Server
from clusterdns.server.site import Defaults
from clusterdns.server.sockets import Bound, Endpoint
from clusterdns.stub import ResolvConf, dns_address, encode_resolv_conf

_DNS_PORT: Final = 53
_LOOPBACK: Final = "127.0.0.1"
_OF_OUR_OWN: Final = [f"127.0.53.{number}" for number in range(1, 255)]
_RELAY: Final = """\
.:53 {{
    bind {address}
    forward . {address}
}}
"""


class Client(NamedTuple):
    """The Pod in whose place a program runs: its files, its addresses, and its host name if that is its own."""

    conf: ResolvConf
    hosts: str
    addresses: tuple[str, ...] = ()
    hostname: str = ""


class _Behind:
    """A `Binder` that binds port 53 where the program looks for it, and other ports on this machine's loopback."""

    def __init__(self, there: Binder) -> None:
        self._there = there
        self._here = Sockets()

    def bind(self, endpoint: Endpoint) -> Bound:
        if endpoint.port == _DNS_PORT:
            return self._there.bind(endpoint)
        return self._here.bind(endpoint._replace(host=_LOOPBACK))

    def keep(self, endpoints: Collection[Endpoint]) -> None:
        self._there.keep(endpoints)
        self._here.keep(endpoints)


def run_alone(command: Sequence[str], client: Client, corefile: Corefile, keeper: Keeper, *, lenient: bool) -> int:
    """The exit status of a program that has a network of its own; `lenient` as for `Defaults`.

    Raises `StartError`, `ConfigError`, `Forbidden`.
    """
    named = client.conf.nameservers
    addresses = [each for each in dict.fromkeys((*named, *client.addresses)) if not _is_loopback(each)]
    ours = dns_address(keeper.cluster)
    answering = [(_relay(each), "") for each in named if each != ours]
    if ours in named:
        answering.append((_for_pods(corefile), ours))
    program = Program(command, Plan(_files(client), addresses=addresses, hostname=client.hostname))
    return asyncio.run(_serve(program, program, keeper, answering, lenient=lenient))


def run_on_host(command: Sequence[str], client: Client, corefile: Corefile, keeper: Keeper, *, lenient: bool) -> int:
    """The same for one in this machine's network: there the cluster's nameserver has an address of loopback."""
    sockets = Sockets()
    local, ours = _bind_any(sockets), dns_address(keeper.cluster)
    nameservers = tuple(local if each == ours else each for each in client.conf.nameservers)
    client = client._replace(conf=replace(client.conf, nameservers=nameservers))
    answering = [(_for_pods(corefile), local)]
    program = Program(command, Plan(_files(client), network=False, hostname=client.hostname))
    return asyncio.run(_serve(program, sockets, keeper, answering, lenient=lenient))


async def _serve(
    program: Program, there: Binder, keeper: Keeper, answering: Iterable[tuple[Corefile, str]], *, lenient: bool
) -> int:
    """Serves Corefiles, each at its address where it names none, until the program ends."""
    servers = []
    try:
        for corefile, address in answering:
            server = Server(keeper.world, Defaults(_DNS_PORT, (address,), lenient=lenient), _Behind(there))
            await server.start(corefile)
            servers.append(server)
    except BaseException:
        program.give_up()
        raise
    following = asyncio.create_task(keeper.watch(report=False))
    status = await program.run()
    following.cancel()
    await asyncio.gather(*(server.stop(at_once=True) for server in servers))
    return status


def _relay(address: str) -> Corefile:
    """What has a nameserver's answers at that nameserver's address."""
    return parse(_RELAY.format(address=address), str(RESOLV_CONF), env={}, known=ORDER)


def _for_pods(corefile: Corefile) -> Corefile:
    """The Corefile with its first port left open, which is then 53, and without addresses, which the program lacks.

    Without `loop`, too, which would ask for itself where it is not. Raises `StartError`.
    """
    port = first_port(corefile)
    if corefile.blocks and port is None:
        raise StartError(
            f"{corefile.file} has no server block for DNS over UDP and TCP, by which programs ask (. {{ … }})"
        )
    return leave_open(corefile, port, without=("bind", "loop"))


def _files(client: Client) -> dict[str, str]:
    """What the program finds. A machine may lack the last two, and then there is nothing to put another before."""
    files = {str(RESOLV_CONF): encode_resolv_conf(client.conf)}
    if HOSTS.exists():
        files[str(HOSTS)] = client.hosts
    if NSSWITCH.exists():
        files[str(NSSWITCH)] = plain_nsswitch(NSSWITCH.read_text(encoding="utf-8", errors="replace"))
    return files


def _bind_any(sockets: Sockets) -> str:
    """An address of loopback whose port 53 nobody has, now bound. Raises `StartError`."""
    for address in _OF_OUR_OWN:
        try:
            sockets.bind(Endpoint("dns", address, _DNS_PORT))
        except StartError as error:
            if isinstance(error.__cause__, PermissionError):
                raise StartError(
                    "--net host takes port 53 of this machine, which this user may not have ('sysctl "
                    "net.ipv4.ip_unprivileged_port_start=53' as root allows it; a network of its own, --net own, "
                    "needs no such thing)"
                ) from None
        else:
            return address
    raise StartError(f"port 53 of {_OF_OUR_OWN[0]} to {_OF_OUR_OWN[-1]} is taken")


def _is_loopback(address: str) -> bool:
    return ipaddress.ip_address(address.partition("%")[0]).is_loopback
