"""Picks free ports so that two stacks that start in the same instant never pick the same one.

To look whether a port is free and to listen on it later are two steps; what starts between them
would pick it too. So each pick is held by a lock file of the user's, which goes with the process,
and none is one of Linux's ephemeral ports (from 32,768 on), which any connection may take.
"""

from __future__ import annotations

import fcntl
import os
import random
import socket
import tempfile
from pathlib import Path

HOST = "127.0.0.1"
PORTS = range(10_000, 20_000)
RTP_PORTS = 200
TRIES = 100
_held: list[int] = []  # file descriptors, open until this process ends; children get none of them


def tcp(wished: int = 0) -> int:
    """A TCP port of the loopback interface for this process, the wished one if it is free."""
    return _pick(socket.SOCK_STREAM, wished)


def udp(wished: int = 0) -> int:
    """As ``tcp``, for UDP."""
    return _pick(socket.SOCK_DGRAM, wished)


def rtp() -> range:
    """A range of ports at a random place. Raises OSError when all are taken."""
    for _ in range(TRIES):
        start = random.randrange(20_000, 32_000, RTP_PORTS)
        if _hold(f"rtp-{start}"):
            return range(start, start + RTP_PORTS)
    raise OSError("no free range of RTP ports")


def _pick(kind: socket.SocketKind, wished: int) -> int:
    for port in [wished] * bool(wished) + random.sample(PORTS, TRIES):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            if _hold(f"{kind.name}-{port}"):
                return port
    raise OSError("no free port on the loopback interface")


def _hold(name: str) -> bool:
    """Lock this name until the process ends; False when another process (or this one) has it."""
    folder = Path(tempfile.gettempdir()) / f"contact-centre-ports-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    lock = os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return False
    _held.append(lock)
    return True
