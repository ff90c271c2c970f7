"""How long the fuzzing takes: a moment in the usual run, as long as one likes with an environment variable.

    PLATELIGHT_FUZZ_EXAMPLES=20000 .venv/bin/pytest tests/fuzz

The usual run tries the same few examples every time, so that it fails for changes only; a longer one tries new ones.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from core.errors import PlatelightError
from scene_generator.spec import SpecError

__all__ = ["ASKED", "EXAMPLES", "HARMFUL", "HOSTILE", "damaged", "documents", "fuzzed", "told_well"]

ASKED = "PLATELIGHT_FUZZ_EXAMPLES" in os.environ
_LONGEST = 4000

EXAMPLES = int(os.environ.get("PLATELIGHT_FUZZ_EXAMPLES", "25"))

fuzzed = settings(
    max_examples=EXAMPLES,
    derandomize=not ASKED,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)

HARMFUL: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2**31, 2**63, 2**64, -(2**63), 10**290, 0.5, -0.0, 1e308, -1e308, 5e-324),
    *(
        "",
        " ",
        "\0",
        "a" * 10_000,
        "../../etc/passwd",
        "/etc/passwd",
        "C:\\x",
        "\\\\host\\share\\x",
        "nan",
        "\u202e",
        "\n",
    ),
    *("<script>", "%n%s", "{0}", "\U0010ffff", "é" * 100),
    *([], {}, [[]], [{}], {"": None}, [1, 2, 3], ["a"], [None] * 3, list(range(1000)), {"a": {"b": {"c": []}}}),
)
"""Values of JSON that tend to meet code which did not expect them."""


@st.composite
def damaged(draw: st.DrawFn, good: Any) -> Any:
    """`good`, a value of JSON, with one to three places in it replaced, left out, renamed or repeated."""
    value = _copied(good)
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(value))
        if not places:
            return draw(st.sampled_from(HARMFUL))
        holder, key = draw(st.sampled_from(places))
        how = draw(st.sampled_from(("replace", "replace", "replace", "drop", "add", "swap")))
        if how == "replace":
            holder[key] = _copied(draw(st.sampled_from(HARMFUL)))
        elif how == "drop":
            del holder[key]
        elif how == "add" and isinstance(holder, dict):
            holder[draw(st.sampled_from(("extra", "", "__class__", "folder", "type")))] = _copied(
                draw(st.sampled_from(HARMFUL))
            )
        elif how == "add":
            holder.insert(0, _copied(holder[key]))
        else:
            other_holder, other_key = draw(st.sampled_from(places))
            if other_key in other_holder if isinstance(other_holder, dict) else other_key < len(other_holder):
                holder[key] = _copied(other_holder[other_key])
    return value


def _places(value: Any) -> Any:
    """(holder, key or index) of each value inside."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(pairs):
        yield value, key
        yield from _places(inner)


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(inner) for key, inner in value.items()}
    return [_copied(inner) for inner in value] if isinstance(value, (list, tuple)) else value


HOSTILE: tuple[bytes, ...] = (
    *(
        b"",
        b" ",
        b"\xef\xbb\xbf{}",
        b"\xff\xfe{\x00}\x00",
        b"\x80",
        b"{",
        b"[",
        b'"',
        b"nul",
        b"null",
        b"[]",
        b"{}",
        b"0",
    ),
    *(b"[" * 100_000, b'{"a":' * 100_000, b"[" * 900 + b"]" * 900, b"[" * 70 + b"]" * 70),
    *(b"NaN", b"[Infinity]", b"1e999", b"9" * 5000, b"-" + b"9" * 400, b'{"a":1,"a":2}', b'"\\ud800"', b'"\\u0000"'),
    b'{"version":' + b"9" * 350 + b"}",
)
"""Files that are no document of any kind, or barely JSON."""


@st.composite
def documents(draw: st.DrawFn, good: Any) -> bytes:
    """The bytes of a file meant to be `good`, a value of JSON: damaged in its values, its text, or altogether."""
    how = draw(st.sampled_from(("values", "values", "values", "text", "number", "twice", "hostile", "any")))
    if how == "hostile":
        return draw(st.sampled_from(HOSTILE))
    if how == "any":
        leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
        shape = st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=8), inner))
        return json.dumps(draw(shape)).encode()
    if how == "values":
        return json.dumps(draw(damaged(good))).encode()
    text = json.dumps(good)
    if how == "number":
        numbers = [match.span() for match in re.finditer(r"-?\d+(\.\d+)?", text)]
        begin, end = draw(st.sampled_from(numbers)) if numbers else (0, 0)
        worst = ("NaN", "-Infinity", "1e999", "9" * 400, "9" * 5000, "1e308", "-1", "0", "1.5", '"1"', "true", "null")
        return f"{text[:begin]}{draw(st.sampled_from(worst))}{text[end:]}".encode()
    if how == "twice":
        at = text.find("{") + 1
        return f'{text[:at]}"format": 1, "format": 2, {text[at:]}'.encode()
    data = bytearray(text.encode())
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        if draw(st.booleans()):
            data[at : at + 1] = draw(st.binary(min_size=0, max_size=3))
        else:
            del data[at : at + draw(st.integers(1, 40))]
    return bytes(data)


def told_well(read: Callable[[], object], name: str) -> None:
    """`read` gives a value or raises one of Platelight's errors: one line of bounded length with `name` in it."""
    message = name
    try:
        read()
    except (PlatelightError, SpecError) as error:
        message = str(error)
    assert name in message
    assert len(message) <= _LONGEST, message[:200]
    message.encode("utf-8")  # it is going to be printed
