"""Whose turn it is: one piece of work from each client after the other, however much each has handed in."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Hashable
from typing import Generic, TypeVar

__all__ = ["Turns"]

T = TypeVar("T")


class Turns(Generic[T]):
    """A queue with a line for each owner; owners take turns, the entries of one stay in order. Safe between threads."""

    def __init__(self) -> None:
        self._lines: OrderedDict[Hashable, deque[T]] = OrderedDict()
        self._changed = threading.Condition()
        self._closed = False

    def add(self, owner: Hashable, entry: T) -> None:
        """Put an entry at the end of its owner's line."""
        with self._changed:
            self._lines.setdefault(owner, deque()).append(entry)
            self._changed.notify()

    def resume(self, owner: Hashable, entry: T) -> None:
        """Put an entry that was taken and is not finished back to the front of its owner's line.

        The owner's next turn comes after everyone else's who waits.
        """
        with self._changed:
            self._lines.setdefault(owner, deque()).appendleft(entry)
            self._lines.move_to_end(owner)
            self._changed.notify()

    def take(self) -> tuple[Hashable, T] | None:
        """Wait for the entry whose turn it is and take it; None once the queue is closed."""
        with self._changed:
            while not self._lines and not self._closed:
                self._changed.wait()
            if self._closed:
                return None
            owner, line = next(iter(self._lines.items()))
            entry = line.popleft()
            if line:
                self._lines.move_to_end(owner)
            else:
                del self._lines[owner]
            return owner, entry

    def drop(self, owner: Hashable) -> list[T]:
        """Take away all entries of an owner and return them."""
        with self._changed:
            return list(self._lines.pop(owner, ()))

    def remove(self, owner: Hashable, entry: T) -> bool:
        """Take one entry away; False where it does not wait here (any more)."""
        with self._changed:
            line = self._lines.get(owner, deque())
            if entry not in line:
                return False
            line.remove(entry)
            if not line:
                del self._lines[owner]
            return True

    def close(self) -> None:
        """Let `take` return None from now on, at once."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def __len__(self) -> int:
        with self._changed:
            return sum(len(line) for line in self._lines.values())
