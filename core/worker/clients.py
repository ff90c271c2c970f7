"""One client's connection, from its greeting to its end."""

from __future__ import annotations

import contextlib
import queue
import threading
from typing import Any

from worker_link.wire import Channel, WireError

__all__ = ["Client"]

_WAITING_MESSAGES = 20_000


class Client:
    """A client that has proved who it is.

    What is sent to it waits in a queue of its own, so that one which does not read holds up nobody else; where it has
    left more unread than any job makes, it is let go.

    Args:
        channel: after `wire.greet_client`.
        name: what it calls itself.
    """

    def __init__(self, channel: Channel, name: str) -> None:
        self.name = name
        self._channel = channel
        self._outbox: queue.Queue[dict[str, Any] | None] = queue.Queue(_WAITING_MESSAGES)
        self._writer = threading.Thread(target=self._write, name=f"to {name}", daemon=True)
        self._writer.start()

    def send(self, message: dict[str, Any]) -> None:
        """Hand a message over for sending; returns at once and raises nothing."""
        try:
            self._outbox.put_nowait(message)
        except queue.Full:
            self._channel.close()

    def receive(self) -> dict[str, Any]:
        """Wait for the next message. Raises Closed or BadMessage."""
        while True:
            message = self._channel.receive(None)
            if message is not None:
                return message

    def close(self, seconds: float = 0.0) -> None:
        """Let go of the connection, after what waits to be sent if that takes at most `seconds`."""
        if seconds:
            with contextlib.suppress(queue.Full):
                self._outbox.put_nowait(None)
            self._writer.join(seconds)
        self._channel.close()
        with contextlib.suppress(queue.Full):
            self._outbox.put_nowait(None)

    def _write(self) -> None:
        while True:
            message = self._outbox.get()
            if message is None:
                return
            try:
                self._channel.send(message)
            except WireError:
                self._channel.close()
                return
