"""One question to the worker that runs, from the command line."""

from __future__ import annotations

import socket
from typing import Any

from core.errors import WorkFailed
from worker_link.place import Place
from worker_link.wire import Channel, Refused, WireError, greet_worker

__all__ = ["ask"]


def ask(place: Place, question: dict[str, Any], seconds: float = 10.0) -> dict[str, Any] | None:
    """The running worker's answer, or None where no worker runs.

    Args:
        place: where it would be found.
        question: a message without its id.
        seconds: for the greeting, and for the answer.

    Raises:
        WorkFailed: it runs and does not answer, or is of another version.
    """
    address = place.read()
    if address is None:
        return None
    try:
        channel = Channel(socket.create_connection(("127.0.0.1", address.port), timeout=seconds))
    except OSError:
        return None  # its file was left behind by a worker that died
    try:
        greet_worker(channel, address.token, "platelight worker", seconds)
        channel.send({**question, "id": "1"})
        answer = channel.receive(seconds)
    except Refused as error:
        if error.code == "impostor":
            return None  # the port of a dead worker belongs to another program now
        raise WorkFailed(f"the worker (process {address.pid}) refused: {error}") from error
    except WireError as error:
        raise WorkFailed(f"the worker (process {address.pid}) does not answer ({error}); end that process") from error
    finally:
        channel.close()
    if answer is None:
        raise WorkFailed(f"the worker (process {address.pid}) does not answer; end that process")
    return answer
