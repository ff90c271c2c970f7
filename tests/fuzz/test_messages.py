"""Both ends of the line to the worker, whoever is at the other: strangers before the greeting, faults after it."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import PlatelightError
from core.worker.requests import parse_submit, request_id
from tests.fuzz.effort import damaged, documents, fuzzed
from worker_link.client import WorkerClient
from worker_link.errors import WorkerError
from worker_link.jobs import Frame, FrameDone, FrameFailed, NormalsOptions
from worker_link.launch import Visit
from worker_link.wire import Channel, Refused, WireError, greet_client, greet_worker, new_token

TOKEN = "f00d" * 16
SUBMITS = (
    {
        "type": "submit",
        "id": "1",
        "job": "normals",
        "frames": [{"plate": "/plates/a.exr", "normals": "/out/a.exr", "preview": "/out/a.png"}],
        "options": {"model": "x", "size": 256, "tile": True, "looks": 2, "fov": 40.0, "color_space": "ACEScg"},
    },
    {
        "type": "submit",
        "id": "2",
        "job": "light",
        "frames": [{"plate": "/plates/a.exr", "normals": "/out/a.exr", "light": "/out/a.json"}],
        "options": {},
    },
    {
        "type": "submit",
        "id": "3",
        "job": "normal_map",
        "frames": [{"texture": "/tex/a.png", "normal_map": "/out/a.png"}],
        "options": {"strength": 1.5, "flat": 0.1, "convention": "directx", "tileable": None, "threads": 2},
    },
)


@fuzzed
@given(message=st.sampled_from(SUBMITS).flatmap(damaged))
def test_jobs_are_understood_or_refused(message: Any) -> None:
    if not isinstance(message, dict):
        return  # the wire lets no other through
    try:
        request_id(message)
        request = parse_submit(message)
    except PlatelightError as error:
        str(error).encode("utf-8")
        return
    for frame in request.frames:
        assert frame.plate.is_absolute()
        assert frame.normals.is_absolute()


def packed(body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + body


@pytest.fixture
def ends() -> Iterator[tuple[Channel, socket.socket]]:
    """Our end of a connection, and the other's bare one."""
    ours, theirs = socket.socketpair()
    with theirs:
        channel = Channel(ours)
        yield channel, theirs
        channel.close()


@fuzzed
@given(body=documents({"type": "ping", "id": "1", "more": {"a": [1, 2, {"b": None}]}}))
def test_bodies_are_messages_or_refused(body: bytes) -> None:
    ours, theirs = socket.socketpair()
    channel = Channel(ours)
    channel.limit = 1 << 20
    with theirs:
        sender = threading.Thread(target=send_all, args=(theirs, packed(body)))
        sender.start()
        message: dict[str, Any] | None = {"type": "refused"}
        with contextlib.suppress(WireError):
            message = channel.receive(20.0)
        channel.close()
        sender.join()
    assert message is not None
    assert isinstance(message["type"], str)


def send_all(connection: socket.socket, data: bytes) -> None:
    try:
        connection.sendall(data)
    except OSError:
        return  # it did not want to hear the rest


def talk(connection: socket.socket, data: bytes, heard: bytearray) -> None:
    """Send, then hear the other side out."""
    with connection:
        send_all(connection, data)
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_WR)
            while piece := connection.recv(1 << 16):
                heard += piece


AUTH = {"type": "auth", "protocol": 1, "client": "nuke 1", "nonce": "ab" * 16, "proof": "cd" * 32}
SURROGATES = st.sampled_from(("nonce", "proof", "client", "type")).map(lambda name: {**AUTH, name: "\ud800"})


@fuzzed
@given(body=documents(AUTH) | SURROGATES.map(lambda value: json.dumps(value).encode()))
def test_a_stranger_gets_no_further_than_its_first_message(body: bytes) -> None:
    ours, theirs = socket.socketpair()
    channel = Channel(ours)
    said = bytearray()
    stranger = threading.Thread(target=talk, args=(theirs, packed(body), said))
    stranger.start()
    with pytest.raises(WireError):
        greet_client(channel, TOKEN, {"version": "1", "pid": 1}, 5.0)
    with pytest.raises(WireError):  # and it is closed
        channel.send({"type": "ping"})
    stranger.join()
    assert TOKEN.encode() not in said


HELLO = {"type": "hello", "service": "platelight-worker", "protocols": [1], "nonce": "ab" * 16}
WELCOME = {"type": "welcome", "protocol": 1, "proof": "cd" * 32, "pid": 1, "version": "1"}
REFUSED = {"type": "refused", "code": "wrong_token", "message": "\u001b[2J\u202e go away \n twice"}


@fuzzed
@given(
    hello=st.just(json.dumps(HELLO).encode()) | documents(HELLO) | documents(REFUSED),
    welcome=documents(WELCOME) | documents(REFUSED),
)
def test_an_impostor_is_found_out_and_shows_nothing_strange(hello: bytes, welcome: bytes) -> None:
    ours, theirs = socket.socketpair()
    channel = Channel(ours)
    with theirs:
        sender = threading.Thread(target=send_all, args=(theirs, packed(hello) + packed(welcome)))
        sender.start()
        with pytest.raises(WireError) as caught:
            greet_worker(channel, TOKEN, "nuke 1", 2.0)
        channel.close()
        sender.join()
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 5000


WORKER_MESSAGES = (
    {"type": "accepted", "id": "ID", "frames": 2, "ahead": 0},
    {"type": "started", "id": "ID", "frame": 0},
    {"type": "done", "id": "ID", "frame": 0, "notes": ["a"], "seconds": 1.5, "light": {}},
    {"type": "failed", "id": "ID", "frame": 1, "error": {"code": "FileMissing", "message": "x: no such file"}},
    {"type": "error", "id": "ID", "error": {"code": "BadConfig", "message": "no"}},
    {"type": "error", "id": "ID", "error": {"code": "Ending", "message": "no"}},
    {"type": "finished", "id": "ID", "state": "done", "done": 1, "failed": 1},
)


@fuzzed
@given(
    messages=st.lists(st.sampled_from(WORKER_MESSAGES).flatmap(lambda good: st.just(good) | damaged(good)), max_size=6)
)
def test_a_worker_that_talks_nonsense_is_a_worker_that_was_lost(messages: list[Any]) -> None:
    ours, theirs = socket.socketpair()
    channel = Channel(ours)
    channel.limit = 4 << 20
    client = WorkerClient("test", restarts=0)
    client._connected = lambda: Visit(channel, 1, "1")  # type: ignore[method-assign]

    def answer() -> None:
        other = Channel(theirs)
        other.limit = 4 << 20
        job = other.receive(10.0)
        name = (job or {}).get("id")
        for message in messages:
            text = json.dumps(message).replace('"ID"', json.dumps(name))
            send_all(theirs, packed(text.encode()))
        other.close()

    worker = threading.Thread(target=answer)
    worker.start()
    frames = [Frame("/plates/a.exr", "/out/a.exr"), Frame("/plates/b.exr", "/out/b.exr")]
    ended: list[int] = []
    refused = False
    finished = any(isinstance(message, dict) and message.get("type") == "finished" for message in messages)
    try:
        for event in client.normals_events(frames, NormalsOptions()):
            if isinstance(event, FrameDone | FrameFailed):
                ended.append(event.index)
    except WorkerError:
        refused = True
    finally:
        channel.close()
        worker.join()
    assert len(ended) == len(set(ended))
    assert set(ended) <= {0, 1}
    if not refused and not finished:
        assert len(ended) == 2  # none is forgotten


def test_tokens_cannot_be_guessed() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(len(token) == 64 for token in tokens)


@pytest.mark.parametrize("name", ["nonce", "proof"])
def test_half_a_character_in_a_greeting_is_a_wrong_token(name: str) -> None:
    """Found by fuzzing: it ended the thread that greets, and left the connection open, before anybody was known."""
    ours, theirs = socket.socketpair()
    said = bytearray()
    body = json.dumps({**AUTH, name: "\ud800"}).encode()
    stranger = threading.Thread(target=talk, args=(theirs, packed(body), said))
    stranger.start()
    with pytest.raises(Refused, match="token"):
        greet_client(Channel(ours), TOKEN, {}, 5.0)
    stranger.join()
    assert b"wrong_token" in said


def test_half_a_character_from_an_impostor_is_an_impostor() -> None:
    ours, theirs = socket.socketpair()
    said = bytearray()
    messages = [{**HELLO, "nonce": "\ud800"}, {**WELCOME, "proof": "\udfff"}]
    impostor = threading.Thread(
        target=talk, args=(theirs, b"".join(packed(json.dumps(message).encode()) for message in messages), said)
    )
    impostor.start()
    with pytest.raises(Refused, match="does not know"):
        greet_worker(Channel(ours), TOKEN, "test", 5.0)
    impostor.join()
    assert TOKEN.encode() not in said


@pytest.mark.parametrize(
    "nonsense",
    [
        {"type": "error", "id": "ID", "error": "no object"},
        {"type": "failed", "id": "ID", "frame": 0, "error": ["no object"]},
        {"type": "started", "id": "ID", "frame": -1},
        {"type": "started", "id": "ID", "frame": 2},
        {"type": "done", "id": "ID", "frame": True},
        {"type": "done", "id": "ID", "frame": 0, "seconds": []},
        {"type": "done", "id": "ID", "frame": 0, "notes": 3},
        {"type": "accepted", "id": "ID", "ahead": 1e308},
        {"type": "finished", "id": "ID", "state": []},
    ],
)
def test_a_message_that_cannot_be_meant_fails_the_frames(nonsense: dict[str, Any]) -> None:
    ours, theirs = socket.socketpair()
    channel = Channel(ours)
    channel.limit = 1 << 20
    client = WorkerClient("test", restarts=0)
    client._connected = lambda: Visit(channel, 1, "1")  # type: ignore[method-assign]

    def answer() -> None:
        other = Channel(theirs)
        other.limit = 1 << 20
        job = other.receive(10.0) or {}
        send_all(theirs, packed(json.dumps({**nonsense, "id": job.get("id")}).encode()))
        other.close()

    worker = threading.Thread(target=answer)
    worker.start()
    report = client.normals([Frame("/a.exr", "/b.exr"), Frame("/c.exr", "/d.exr")])
    worker.join()
    assert len(report.failed) == 2  # none is forgotten
