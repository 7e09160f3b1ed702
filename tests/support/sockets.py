"""The tests talk to this machine and to nothing else."""

import ipaddress
import itertools
import os
import socket
import sys
from contextlib import suppress
from typing import Any

WATCHED = {  # the interpreter's audit events: which of their arguments is an address or a host
    "socket.connect": 1,
    "socket.sendto": 1,
    "socket.getaddrinfo": 0,
    "socket.gethostbyname": 0,
}


class OutsideThisMachineError(AssertionError):
    """A test tried to reach an address that is not a loopback address."""


def is_local(host: object) -> bool:
    """Whether a host is this machine. Names of others are not looked up."""
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host in {None, "", "localhost", "0.0.0.0", socket.gethostname()}:
        return True
    try:
        return ipaddress.ip_address(str(host)).is_loopback
    except ValueError:
        return False


def _refuse(event: str, args: tuple[Any, ...], watched: dict[str, int] = WATCHED) -> None:
    place = watched.get(event)  # an argument: the module's names go before the hook does
    if place is None:
        return
    address = args[place]
    if event in {"socket.connect", "socket.sendto"} and not isinstance(address, tuple):
        return  # a path in the file system
    host = address[0] if isinstance(address, tuple) else address
    if not is_local(host):
        raise OutsideThisMachineError(f"a test tried to reach {host}")


def stay_on_this_machine() -> None:
    """From now on this process can reach loopback addresses only. There is no way back."""
    sys.addaudithook(_refuse)


# Below those that a system gives out by itself, to whoever connects meanwhile.
PORTS = range(12_000, 32_000)
_next_port = itertools.cycle(PORTS)
for _ in range(os.getpid() * 97 % len(PORTS)):  # processes that run together begin far apart
    next(_next_port)


def free_port() -> int:
    """A port on 127.0.0.1 that nobody listens on, and that no other test is given."""
    for port in itertools.islice(_next_port, len(PORTS)):
        with suppress(OSError), socket.create_server(("127.0.0.1", port), reuse_port=False):
            return port
    raise OSError("no port is free")
