from __future__ import annotations

import threading

from core.worker.turns import Turns


def drained(turns: Turns[str], count: int) -> list[str]:
    found = []
    for _ in range(count):
        taken = turns.take()
        assert taken is not None
        found.append(taken[1])
    return found


def test_owners_take_turns_whatever_they_handed_in() -> None:
    turns: Turns[str] = Turns()
    for entry in ("a1", "a2", "a3", "a4"):
        turns.add("a", entry)
    turns.add("b", "b1")
    turns.add("c", "c1")
    turns.add("b", "b2")
    assert len(turns) == 7
    assert drained(turns, 7) == ["a1", "b1", "c1", "a2", "b2", "a3", "a4"]


def test_an_unfinished_job_waits_for_the_others_and_keeps_its_place_among_its_own() -> None:
    turns: Turns[str] = Turns()
    turns.add("a", "long")
    turns.add("a", "later")
    turns.add("b", "short")
    assert drained(turns, 1) == ["long"]
    turns.resume("a", "long")
    assert drained(turns, 3) == ["short", "long", "later"]


def test_entries_and_owners_can_be_taken_away() -> None:
    turns: Turns[str] = Turns()
    for entry in ("a1", "a2"):
        turns.add("a", entry)
    turns.add("b", "b1")
    assert turns.remove("a", "a1")
    assert not turns.remove("a", "a1")
    assert not turns.remove("c", "a2")
    assert turns.drop("b") == ["b1"]
    assert turns.drop("b") == []
    assert drained(turns, 1) == ["a2"]
    turns.add("a", "a3")
    assert turns.remove("a", "a3")
    assert len(turns) == 0


def test_closing_lets_those_who_wait_go() -> None:
    turns: Turns[str] = Turns()
    found: list[object] = []
    thread = threading.Thread(target=lambda: found.append(turns.take()))
    thread.start()
    turns.close()
    thread.join(60)
    assert found == [None]
    turns.add("a", "late")
    assert turns.take() is None
