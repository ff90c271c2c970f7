"""Times of several calls taken in turn, so that whatever else the machine does meanwhile falls on all of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

__all__ = ["in_turn"]


def in_turn(
    calls: Mapping[str, Callable[[], object]],
    rounds: int,
    seconds: float,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, list[float]]:
    """Play every call once a round, and note how long each took.

    A first round is played and not counted: files come into the cache, libraries set themselves up. The order turns
    round by round, so that none is always the one after the heaviest.

    Args:
        calls: by name.
        rounds: at most.
        seconds: no further round is begun once so many are over; two are always made.
        clock: seconds, rising.

    Returns:
        For each name its times in seconds, as many as there were rounds.
    """
    names = list(calls)
    for name in names:
        calls[name]()
    times: dict[str, list[float]] = {name: [] for name in names}
    started = clock()
    for turn in range(max(2, rounds)):
        if turn >= 2 and clock() - started > seconds:
            break
        for place in range(len(names)):
            name = names[(place + turn) % len(names)]
            began = clock()
            calls[name]()
            times[name].append(max(clock() - began, 1e-9))
    return times
