"""Ctrl-C and termination signals, taken between two steps, so that what is saved is a whole step."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from core.training.ranks import Ranks

__all__ = ["StopRequest", "stop_on_signals"]


class StopRequest:
    """Whether someone asked to stop; `reason` is the signal's name, or None."""

    def __init__(self) -> None:
        self.reason: str | None = None

    def agree(self, ranks: Ranks) -> None:
        """Make a request to one rank a request to all; every rank calls it after the same step."""
        (number,) = ranks.agree(float(signal.Signals[self.reason]) if self.reason else 0.0)
        if number:
            self.reason = signal.Signals(int(number)).name


@contextmanager
def stop_on_signals() -> Iterator[StopRequest]:
    """Turn the first SIGINT or SIGTERM into a request; a second SIGINT interrupts at once, as usual.

    Outside the main thread signals cannot be taken, and the request is never filled.
    """
    request = StopRequest()
    if threading.current_thread() is not threading.main_thread():
        yield request
        return
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    # Who started the process in the background had it ignore Ctrl-C, which is meant for the foreground.
    former = {number: handler for number, handler in handlers.items() if handler is not signal.SIG_IGN}

    def take(number: int, frame: FrameType | None) -> None:
        request.reason = signal.Signals(number).name
        signal.signal(signal.SIGINT, signal.default_int_handler)

    try:
        for number in former:
            signal.signal(number, take)
        yield request
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
