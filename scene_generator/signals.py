"""Signals in words."""

from __future__ import annotations

import signal

__all__ = ["signal_name"]


def signal_name(number: int) -> str:
    """`SIGKILL` for 9; numbers without a name are told as they are."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
