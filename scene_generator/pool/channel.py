"""Messages between a build and its workers: a JSON header and blobs of bytes, nothing that could run code.

Layout: 4 bytes little-endian length of the header, the header as JSON text, then the blobs end to end. The header's
`sizes` says how many bytes each blob has.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from typing import Any

import numpy as np

from scene_generator.sets.records import Failure, Record, RejectedDraw, Sample

_LENGTH = struct.Struct("<I")


def pack(header: dict[str, Any], blobs: Sequence[bytes] = ()) -> bytes:
    """Return one message. `header` is what JSON can hold, and has no entry `sizes` of its own."""
    text = json.dumps({**header, "sizes": [len(blob) for blob in blobs]}).encode("ascii")
    return b"".join([_LENGTH.pack(len(text)), text, *blobs])


def unpack(message: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """Return header and blobs of what `pack` made.

    Raises:
        ValueError: the message is cut short or is none.
    """
    if len(message) < _LENGTH.size:
        raise ValueError(f"a message of {len(message)} bytes")
    (length,) = _LENGTH.unpack_from(message)
    start = _LENGTH.size + length
    header = json.loads(message[_LENGTH.size : start])
    blobs = []
    for size in header.pop("sizes"):
        blobs.append(message[start : start + size])
        start += size
    if start != len(message):
        raise ValueError(f"a message of {len(message)} bytes that should have {start}")
    return header, blobs


def pack_sample(sample: Sample, **extra: Any) -> bytes:
    """Return a message of type `sample`; `extra` goes to its header."""
    header = {
        "type": "sample",
        "index": sample.index,
        "records": [{"key": record.key, "meta": record.meta} for record in sample.records],
        "rejected": _facts(sample.rejected),
        "timing": sample.timing,
        **extra,
    }
    return pack(header, [*(record.exr for record in sample.records), *_pictures(sample.rejected)])


def unpack_sample(header: dict[str, Any], blobs: Sequence[bytes]) -> Sample:
    """Return the sample that `pack_sample` was given."""
    count = len(header["records"])
    records = tuple(Record(row["key"], exr, row["meta"]) for row, exr in zip(header["records"], blobs, strict=False))
    return Sample(header["index"], records, unpack_rejected(header, blobs[count:]), header["timing"])


def pack_failure(failure: Failure, rejected: Sequence[RejectedDraw] = (), **extra: Any) -> bytes:
    """Return a message of type `failure`; `extra` goes to its header."""
    header = {"type": "failure", "failure": vars(failure), "rejected": _facts(rejected), **extra}
    return pack(header, _pictures(rejected))


def unpack_failure(header: dict[str, Any]) -> Failure:
    """Return the failure that `pack_failure` was given."""
    fields = header["failure"]
    return Failure(**{**fields, "rejected": tuple(fields["rejected"])})


def unpack_rejected(header: dict[str, Any], blobs: Sequence[bytes]) -> tuple[RejectedDraw, ...]:
    """Return the rejected draws of either kind of message; `blobs` are theirs alone."""
    return tuple(
        RejectedDraw(row["facts"], np.frombuffer(blob, np.uint8).reshape(row["shape"]))
        for row, blob in zip(header["rejected"], blobs, strict=True)
    )


def _facts(rejected: Sequence[RejectedDraw]) -> list[dict[str, Any]]:
    return [{"facts": draw.facts, "shape": list(draw.thumbnail.shape)} for draw in rejected]


def _pictures(rejected: Sequence[RejectedDraw]) -> list[bytes]:
    return [draw.thumbnail.tobytes() for draw in rejected]
