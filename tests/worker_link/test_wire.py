from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from worker_link import wire
from worker_link.wire import BadMessage, Channel, Closed, Refused, greet_client, greet_worker, new_token

ROOT = Path(__file__).parents[2]
SECONDS = 60.0


@pytest.fixture
def pair() -> Iterator[tuple[Channel, socket.socket]]:
    """A channel, and the bare socket at its other end."""
    left, right = socket.socketpair()
    channel = Channel(left)
    yield channel, right
    channel.close()
    right.close()


def packed(body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + body


def test_messages_arrive_as_they_were(pair: tuple[Channel, socket.socket]) -> None:
    channel, other = pair
    far = Channel(other)
    far.limit = wire.LIMIT
    sent: list[dict[str, Any]] = [
        {"type": "one", "path": "/plätes/a b.exr"},
        {"type": "two", "numbers": [1, 2.5, None, True]},
    ]
    for message in sent:
        channel.send(message)
    assert [far.receive(SECONDS), far.receive(SECONDS)] == sent
    assert far.receive(0) is None
    far.close()


def test_a_message_in_pieces_waits_until_it_is_whole(pair: tuple[Channel, socket.socket]) -> None:
    channel, other = pair
    data = packed(b'{"type":"slow"}') + packed(b'{"type":"next"}')
    for byte in data[:-1]:
        other.sendall(bytes([byte]))
    assert channel.receive(SECONDS) == {"type": "slow"}
    assert channel.receive(0) is None
    other.sendall(data[-1:])
    assert channel.receive(SECONDS) == {"type": "next"}


def test_the_length_is_refused_before_the_body_is_there(pair: tuple[Channel, socket.socket]) -> None:
    channel, other = pair
    other.sendall(struct.pack(">I", wire.FIRST_LIMIT + 1))
    with pytest.raises(BadMessage, match="4097 bytes is more than the 4096"):
        channel.receive(SECONDS)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"\xff\xfe", "not JSON"),
        (b"{", "not JSON"),
        (b"[1]", "no object with a type"),
        (b'{"type": 3}', "no object with a type"),
        (b'{"type":"a","deep":' + b"[" * 40 + b"]" * 40 + b"}", "nested deeper"),
        (b"[" * 2000 + b"]" * 2000, "not JSON|no object"),
    ],
)
def test_what_is_no_message_is_refused(pair: tuple[Channel, socket.socket], body: bytes, words: str) -> None:
    channel, other = pair
    other.sendall(packed(body))
    with pytest.raises(BadMessage, match=words):
        channel.receive(SECONDS)


@pytest.mark.parametrize(("data", "words"), [(b"", "closed"), (packed(b'{"type":"x"}')[:-3], "middle of a message")])
def test_the_end_of_a_connection_is_told(pair: tuple[Channel, socket.socket], data: bytes, words: str) -> None:
    channel, other = pair
    other.sendall(data)
    other.close()
    with pytest.raises(Closed, match=words):
        channel.receive(SECONDS)


def test_nothing_larger_than_the_limit_is_sent(pair: tuple[Channel, socket.socket]) -> None:
    with pytest.raises(BadMessage, match="fewer frames"):
        pair[0].send({"type": "x", "much": "a" * wire.LIMIT})


def test_close_wakes_the_thread_that_waits(pair: tuple[Channel, socket.socket]) -> None:
    channel, _ = pair
    ended = threading.Event()

    def wait() -> None:
        with pytest.raises(Closed):
            channel.receive(None)
        ended.set()

    thread = threading.Thread(target=wait)
    thread.start()
    channel.close()
    assert ended.wait(SECONDS)
    thread.join()


def greeting(token: str, guess: str, change: Any = None) -> tuple[Any, Any]:
    """What client and worker make of each other: their results or errors."""
    left, right = socket.socketpair()
    outcome: list[Any] = [None, None]

    def serve() -> None:
        try:
            outcome[1] = greet_client(Channel(right), token, {"version": "1.2", "pid": 7}, SECONDS)
        except wire.WireError as error:
            outcome[1] = error

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        outcome[0] = (change or greet_worker)(Channel(left), guess, "a test", SECONDS)
    except wire.WireError as error:
        outcome[0] = error
    thread.join()
    return outcome[0], outcome[1]


def test_who_knows_the_token_is_let_in() -> None:
    token = new_token()
    welcome, client = greeting(token, token)
    assert (welcome["version"], welcome["pid"], welcome["protocol"]) == ("1.2", 7, 1)
    assert client == ("a test", 1)


def test_who_does_not_is_told_so() -> None:
    refused, reason = greeting(new_token(), new_token())
    assert isinstance(refused, Refused)
    assert refused.code == "wrong_token"
    assert isinstance(reason, Refused)


def test_a_client_of_another_protocol_is_told_which_one_the_worker_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    def newer(channel: Channel, token: str, client: str, seconds: float) -> Any:
        hello = channel.receive(seconds)
        assert hello is not None
        assert hello["protocols"] == [1]
        channel.send({"type": "auth", "protocol": 2, "nonce": "0" * 32, "proof": "0" * 64, "client": client})
        return channel.receive(seconds)

    refused, reason = greeting("t", "t", newer)
    assert refused["code"] == "wrong_protocol"
    assert "speaks protocol 1, the plug-in 2" in refused["message"]
    assert isinstance(reason, Refused)


@pytest.mark.parametrize(
    ("hello", "code", "words"),
    [
        ({"service": wire.SERVICE, "protocols": [8, 9], "nonce": "0" * 32}, "wrong_protocol", "speaks protocol 8 or 9"),
        ({"service": "another", "protocols": [1], "nonce": "0" * 32}, "impostor", "no Platelight worker"),
        ({}, "impostor", "no Platelight worker"),
    ],
)
def test_the_client_sees_through_other_workers(hello: dict[str, Any], code: str, words: str) -> None:
    left, right = socket.socketpair()
    Channel(right).send({"type": "hello", **hello})
    with pytest.raises(Refused, match=words) as caught:
        greet_worker(Channel(left), new_token(), "a test", SECONDS)
    assert caught.value.code == code


def test_an_impostor_learns_no_token_and_is_found_out() -> None:
    token = new_token()
    left, right = socket.socketpair()
    heard: list[bytes] = []

    def pretend() -> None:
        channel = Channel(right)
        channel.send({"type": "hello", "service": wire.SERVICE, "protocols": [1], "nonce": "0" * 32})
        auth = channel.receive(SECONDS)
        heard.append(json.dumps(auth).encode())
        assert auth is not None
        # The best it can do is to send the client's own proof back.
        channel.send({"type": "welcome", "protocol": 1, "proof": auth["proof"], "pid": 1, "version": "x"})

    thread = threading.Thread(target=pretend)
    thread.start()
    with pytest.raises(Refused) as caught:
        greet_worker(Channel(left), token, "a test", SECONDS)
    thread.join()
    assert caught.value.code == "impostor"
    assert token.encode() not in heard[0]


def test_a_proof_serves_once() -> None:
    """Whoever overhears a greeting cannot use it again: the worker's challenge is another each time."""
    token = new_token()
    seen: dict[str, Any] = {}

    def listen(channel: Channel, token: str, client: str, seconds: float) -> Any:
        send = channel.send
        channel.send = lambda message: (seen.update(message), send(message))[1]  # type: ignore[method-assign]
        return greet_worker(channel, token, client, seconds)

    assert greeting(token, token, listen)[1] == ("a test", 1)

    def replay(channel: Channel, token: str, client: str, seconds: float) -> Any:
        channel.receive(seconds)
        channel.send(seen)
        return channel.receive(seconds)

    answer, _ = greeting(token, token, replay)
    assert answer["code"] == "wrong_token"
