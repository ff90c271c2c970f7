"""Messages between a host and the worker, and how either side proves to the other that it may talk.

Both sides import this one file. It runs from Python 3.9 on and needs the standard library only.

A message is four bytes of length, most significant first, and that many bytes of UTF-8 JSON holding one object. The
length is looked at before anything is read, so that nobody can make the other side hold more than the limit. Nothing is
unpickled or evaluated.

Both sides know a token, a secret that the worker wrote to a file only its user can read. It never crosses the
connection: each side sends a random challenge and answers the other's with HMAC-SHA256 (RFC 2104) over the role, both
challenges and the protocol version. So a program that took over the port of a dead worker learns nothing, and one that
cannot read the file gets no further than its first message.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import secrets
import selectors
import socket
import struct
import threading
import time
from typing import Any

from worker_link.json_text import parse_json

__all__ = [
    "FIRST_LIMIT",
    "LIMIT",
    "PROTOCOLS",
    "SERVICE",
    "BadMessage",
    "Channel",
    "Closed",
    "Refused",
    "WireError",
    "greet_client",
    "greet_worker",
    "new_token",
]

PROTOCOLS = (1,)
"""Versions of the messages that this side speaks, oldest first."""

SERVICE = "platelight-worker"

FIRST_LIMIT = 4 << 10
"""Bytes of a message before the other side has proved who it is."""

LIMIT = 4 << 20
"""Bytes of a message afterwards."""

_HEAD = struct.Struct(">I")
_SEND_SECONDS = 30.0
_LOOK_SECONDS = 0.5
_MAX_DEPTH = 16


class WireError(Exception):
    """The connection cannot be used any more; the message is one line that says why."""


class Closed(WireError):
    """The other side is gone, or does not read what it is sent."""


class BadMessage(WireError):
    """Bytes that are no message: too long, not JSON, or not an object with a `type`."""


class Refused(WireError):
    """The other side does not want to talk.

    Attributes:
        code: `wrong_token`, `wrong_protocol`, `malformed`, `full`, or `impostor` where the worker could not prove that
            it knows the token.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def new_token() -> str:
    """A fresh secret: 256 random bits as 64 hexadecimal digits."""
    return secrets.token_hex(32)


class Channel:
    """One connection, as messages. One thread may receive while any number send.

    Args:
        connection: connected socket; belongs to the channel from now on.

    Attributes:
        limit: largest message in bytes that is received; raise it once the other side is known.
    """

    def __init__(self, connection: socket.socket) -> None:
        connection.settimeout(_SEND_SECONDS)
        self.limit = FIRST_LIMIT
        self._socket = connection
        self._buffer = bytearray()
        self._sending = threading.Lock()
        self._closed = False
        # select() cannot wait for descriptors above 1023, which a host with many open files has passed.
        self._selector = selectors.DefaultSelector()
        self._selector.register(connection, selectors.EVENT_READ)

    def send(self, message: dict[str, Any]) -> None:
        """Send one message whole.

        Raises:
            Closed: the other side is gone, or has read nothing for half a minute.
            BadMessage: larger than `LIMIT`.
        """
        body = json.dumps(message, separators=(",", ":")).encode("utf-8")
        if len(body) > LIMIT:
            raise BadMessage(f"a message of {len(body)} bytes is more than {LIMIT}; send fewer frames at a time")
        with self._sending:
            try:
                self._socket.sendall(_HEAD.pack(len(body)) + body)
            except OSError as error:  # a time-out may have left half a message: the connection is of no use then
                raise Closed(f"the other side of the connection does not listen ({error})") from error

    def receive(self, seconds: float | None) -> dict[str, Any] | None:
        """The next message, or None if it is not there whole within `seconds`; what came so far is kept.

        Args:
            seconds: 0 looks without waiting; None waits for as long as it takes.

        Raises:
            Closed: the other side closed the connection, perhaps in the middle of a message.
            BadMessage: what came is no message, or one larger than `limit`.
        """
        deadline = None if seconds is None else time.monotonic() + seconds
        while True:
            message = self._take()
            if message is not None:
                return message
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            try:
                ready = self._selector.select(_LOOK_SECONDS if left is None else min(left, _LOOK_SECONDS))
                if self._closed:  # the system forgets a closed descriptor without waking who waits for it
                    raise Closed("the connection was closed on this side")
                if not ready:
                    if left is not None and left <= _LOOK_SECONDS:
                        return None
                    continue
                data = self._socket.recv(1 << 16)
            except (OSError, ValueError, KeyError, RuntimeError) as error:  # closed by another thread
                raise Closed(f"the connection was lost ({error})") from error
            if not data:
                where = " in the middle of a message" if self._buffer else ""
                raise Closed(f"the other side closed the connection{where}")
            self._buffer += data

    def close(self) -> None:
        """Let go of the connection; a thread that waits in `receive` gets `Closed`."""
        if self._closed:
            return
        self._closed = True
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits
        self._socket.close()
        self._selector.close()

    def _take(self) -> dict[str, Any] | None:
        if len(self._buffer) < _HEAD.size:
            return None
        (size,) = _HEAD.unpack_from(self._buffer)
        if size > self.limit:
            raise BadMessage(f"a message of {size} bytes is more than the {self.limit} that are taken here")
        end = _HEAD.size + size
        if len(self._buffer) < end:
            return None
        body = bytes(self._buffer[_HEAD.size : end])
        del self._buffer[:end]
        return _parsed(body)


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        value = parse_json(body, lone_surrogates=True, most_levels=_MAX_DEPTH)  # the name of a file may be such
    except ValueError as error:
        raise BadMessage(f"a message that is not JSON in UTF-8 ({error})") from error
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        raise BadMessage("a message that is no object with a type")
    return value


def _proof(token: str, role: str, worker_nonce: str, client_nonce: str, protocol: int) -> str:
    words = "\n".join((SERVICE, role, worker_nonce, client_nonce, str(protocol)))
    return hmac.new(token.encode("utf-8"), words.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def _same(first: Any, second: str) -> bool:
    return isinstance(first, str) and hmac.compare_digest(
        first.encode("utf-8", "surrogatepass"), second.encode("utf-8")
    )


def _expect(channel: Channel, deadline: float) -> dict[str, Any]:
    message = channel.receive(max(0.0, deadline - time.monotonic()))
    if message is None:
        raise Closed("the other side said nothing in time")
    return message


def greet_client(channel: Channel, token: str, welcome: dict[str, Any], seconds: float) -> tuple[str, int]:
    """The worker's half: challenge, check, answer. A client that fails is told why and the channel is closed.

    Args:
        channel: a fresh connection.
        token: the worker's own.
        welcome: what else the client is told once it is known: version, process number and so on.
        seconds: for all of it.

    Returns:
        What the client calls itself (at most 200 characters), and the protocol it chose.

    Raises:
        Refused, Closed, BadMessage: it is no client of ours.
    """
    deadline = time.monotonic() + seconds
    nonce = secrets.token_hex(16)
    try:
        channel.send({"type": "hello", "service": SERVICE, "protocols": list(PROTOCOLS), "nonce": nonce})
        auth = _expect(channel, deadline)
        protocol, theirs = auth.get("protocol"), auth.get("nonce")
        if auth["type"] != "auth" or type(protocol) is not int or not isinstance(theirs, str):
            raise Refused("malformed", "the first message has to be `auth` with protocol, nonce and proof")
        if protocol not in PROTOCOLS:
            raise Refused(
                "wrong_protocol",
                f"this worker speaks protocol {_versions(PROTOCOLS)}, the plug-in {str(protocol)[:20]}; install the "
                "same version of Platelight on both sides",
            )
        if not _same(auth.get("proof"), _proof(token, "client", nonce, theirs, protocol)):
            raise Refused("wrong_token", "the token is not this worker's; only its own user can read it")
        proof = _proof(token, "worker", nonce, theirs, protocol)
        channel.send({**welcome, "type": "welcome", "protocol": protocol, "proof": proof})
    except (Refused, BadMessage) as error:
        code = error.code if isinstance(error, Refused) else "malformed"
        _say_goodbye(channel, {"type": "refused", "code": code, "message": str(error)})
        raise
    except Closed:
        channel.close()
        raise
    channel.limit = LIMIT
    return _plain(auth.get("client", "unnamed"))[:200], protocol


def greet_worker(channel: Channel, token: str, client: str, seconds: float) -> dict[str, Any]:
    """The client's half. The channel is closed unless this returns.

    Args:
        channel: a fresh connection.
        token: from the worker's file.
        client: what to be called in the worker's status.
        seconds: for all of it.

    Returns:
        The worker's welcome.

    Raises:
        Refused: the worker does not want to talk, or is none (`impostor`), or speaks no protocol of ours.
        Closed, BadMessage: whatever listens there is no worker, or is dying.
    """
    deadline = time.monotonic() + seconds
    nonce = secrets.token_hex(16)
    try:
        hello = _expect(channel, deadline)
        _raise_if_refused(hello)
        offered, theirs = hello.get("protocols"), hello.get("nonce")
        if hello.get("service") != SERVICE or not isinstance(theirs, str) or not isinstance(offered, list):
            raise Refused("impostor", "what listens on the worker's port is no Platelight worker")
        shared = [version for version in PROTOCOLS if version in offered]
        if not shared:
            raise Refused(
                "wrong_protocol",
                f"the worker speaks protocol {_versions(offered)}, this plug-in {_versions(PROTOCOLS)}; install the "
                "same version of Platelight on both sides, then end the old worker with `platelight worker --stop`",
            )
        protocol = max(shared)
        proof = _proof(token, "client", theirs, nonce, protocol)
        channel.send({"type": "auth", "protocol": protocol, "client": client, "nonce": nonce, "proof": proof})
        welcome = _expect(channel, deadline)
        _raise_if_refused(welcome)
        if not _same(welcome.get("proof"), _proof(token, "worker", theirs, nonce, protocol)):
            raise Refused("impostor", "what listens on the worker's port does not know the worker's token")
    except WireError:
        channel.close()
        raise
    channel.limit = LIMIT
    return welcome


def _raise_if_refused(message: dict[str, Any]) -> None:
    if message["type"] == "refused":
        raise Refused(_plain(message.get("code", "malformed")), _plain(message.get("message", "the worker refused")))


def _plain(words: Any) -> str:
    """One line that can be shown: whoever sent it has not proved who it is, and terminals obey some characters."""
    return "".join(sign if sign.isprintable() else " " for sign in str(words)).strip()


def _say_goodbye(channel: Channel, message: dict[str, Any]) -> None:
    """Send a last message so that it is not lost to what the other side had still been sending."""
    try:
        channel.send(message)
        channel._socket.shutdown(socket.SHUT_WR)
        end = time.monotonic() + 1.0
        while time.monotonic() < end and channel._selector.select(0.2):
            if not channel._socket.recv(1 << 16):  # closing with unread bytes resets the connection
                break
    except (OSError, ValueError, WireError):
        pass
    channel.close()


def _versions(versions: Any) -> str:
    return " or ".join(_plain(version)[:20] for version in versions[:8]) or "nothing"
