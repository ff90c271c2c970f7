"""Starts `platelight worker` as a process, talks to it, and makes sure that it is gone afterwards."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worker_link.place import FOLDER_VARIABLE, Address, Place
from worker_link.wire import Channel, WireError, greet_worker

PATIENCE = 120.0
"""Seconds that a busy machine may take for what takes an idle one less than two."""


def wait_for(what: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    """Ask until the answer is true, and give it."""
    end = time.monotonic() + seconds
    while True:
        found = what()
        if found:
            return found
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


@dataclass
class Running:
    """A worker process and its folder."""

    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def place(self) -> Place:
        return Place(self.folder)

    @property
    def address(self) -> Address:
        address = self.place.read()
        assert address is not None
        return address

    def log(self) -> str:
        return self.place.log.read_text("utf-8", "replace")

    def knock(self) -> Channel:
        """A connection before the greeting."""
        return Channel(socket.create_connection(("127.0.0.1", self.address.port), timeout=PATIENCE))

    def enter(self, name: str) -> Channel:
        """A connection after the greeting."""
        channel = self.knock()
        greet_worker(channel, self.address.token, name, PATIENCE)
        return channel


@contextlib.contextmanager
def started(folder: Path, *options: str) -> Iterator[Running]:
    """A worker that takes connections."""
    folder.chmod(0o700)
    environment = {**os.environ, FOLDER_VARIABLE: str(folder)}
    with open(folder / "worker.log", "ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "core.cli.main", "worker", *options],
            stdin=subprocess.DEVNULL,
            stderr=log,
            env=environment,
        )
    running = Running(folder, process)
    try:

        def ready() -> bool:
            assert process.poll() is None, running.log()
            address = running.place.read()
            return address is not None and address.pid == process.pid

        wait_for(ready)
        yield running
    finally:
        process.kill()
        process.wait()


def end_worker(folder: Path) -> None:
    """Kill whatever worker has its address in a folder, and wait until it is gone."""
    address = Place(folder).read()
    if address is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(address.pid, signal.SIGKILL)

    def free() -> bool:
        with Place(folder).running as lock:
            return lock.take()

    wait_for(free)


def hear(channel: Channel, kind: str | None = None) -> dict[str, Any]:
    """The next message, or the next of a type."""
    while True:
        message = channel.receive(PATIENCE)
        assert message is not None, "the worker said nothing"
        if kind is None or message["type"] == kind:
            return message


def hear_job(channel: Channel, name: str) -> list[dict[str, Any]]:
    """All messages about a job, up to its last."""
    heard: list[dict[str, Any]] = []
    while not heard or heard[-1]["type"] not in ("finished", "error"):
        message = hear(channel)
        if message.get("id") == name:
            heard.append(message)
    return heard


def hear_end(channel: Channel) -> None:
    """Wait until the worker has closed a connection, whatever it says before."""
    with contextlib.suppress(WireError):
        while True:
            assert channel.receive(PATIENCE) is not None, "the connection stays open"
    channel.close()
