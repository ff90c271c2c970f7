"""What an ONNX file refers to outside itself, found without running or loading it.

ONNX may keep numbers of a graph in other files, "external data", by a path in the graph. A card's checksum does not
cover those, and such a path may lead anywhere. Platelight's own exports are always one file.

Only the outline of the file is walked (Protocol Buffers' wire format, and the field numbers of onnx.proto3 of
https://github.com/onnx/onnx), so that neither the `onnx` package nor ONNX Runtime has to be trusted with it first.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from core.card import CARD, ModelCard
from core.errors import ModelMismatch

__all__ = ["BadGraph", "check_whole", "external_files"]

_MOST_LEVELS = 24

# Message -> field number -> message that is found there; all that leads to a tensor.
_INSIDE = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "function": {7: "node", 11: "attribute"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {13: "entry"},
    "entry": {},
}
_DATA_LOCATION, _EXTERNAL = 14, 1
_WORD = 0xFFFFFFFF
"""Readers keep 32 bits of a tag and of an enumeration: a larger number would be another field for them than for us."""


class BadGraph(ValueError):
    """A file that is no ONNX graph."""


def external_files(path: Path) -> tuple[str, ...]:
    """Paths, as the graph writes them, of the other files that it wants; empty for a file that is whole.

    Raises:
        OSError: it cannot be read.
        BadGraph: it is no ONNX graph, or one nested beyond measure.
    """
    return tuple(dict.fromkeys(_external(memoryview(path.read_bytes()), "model", 0)))


def check_whole(card: ModelCard) -> None:
    """Raises ModelMismatch for a graph that would have other files read: no checksum covers them."""
    try:
        elsewhere = external_files(card.weights_path)
    except (OSError, BadGraph) as error:
        raise ModelMismatch(
            f"{card.weights_path}: cannot be loaded as a model ({error}); export or install it again"
        ) from error
    if elsewhere:
        raise ModelMismatch(
            f"{card.weights_path}: keeps numbers in other files ({', '.join(elsewhere[:3])[:200]}), which its {CARD} "
            "does not cover; export the model with `platelight export`, which writes one file"
        )


def _external(data: memoryview, kind: str, level: int) -> Iterator[str]:
    if level > _MOST_LEVELS:
        raise BadGraph("its graphs are nested beyond measure")
    for number, value in _fields(data):
        if kind == "tensor" and number == _DATA_LOCATION and isinstance(value, int) and value & _WORD == _EXTERNAL:
            yield "(a file it does not name)"
        if isinstance(value, int) or number not in _INSIDE[kind]:
            continue
        inner = _INSIDE[kind][number]
        if inner == "entry":
            words = {key: bytes(word) for key, word in _fields(value) if not isinstance(word, int)}
            if words.get(1) == b"location":
                yield words.get(2, b"").decode("utf-8", "replace")
        else:
            yield from _external(value, inner, level + 1)


def _fields(data: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """(field number, number or bytes) of each field of a message."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        number, wire = tag >> 3, tag & 7
        if not 0 < number <= _WORD >> 3:
            raise BadGraph(f"a field of number {number}")
        if wire == 0:
            value, at = _varint(data, at)
            yield number, value
            continue
        if wire == 2:
            size, at = _varint(data, at)
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
        else:
            raise BadGraph(f"a field of kind {wire}")
        if at + size > len(data):
            raise BadGraph("it ends too early")
        if wire == 2:
            yield number, data[at : at + size]
        at += size


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for place in range(10):
        if at >= len(data):
            raise BadGraph("it ends too early")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return value, at
    raise BadGraph("a number without end")
