"""Numpy arrays out of a pickle, without running anything that the pickle names.

A pickle is a program: it names functions and classes, calls them and sets the state of what they gave. Even numpy's own
are dangerous in it: the flags of a `dtype`, set by a file, make an array's bytes pointers. So nothing of numpy's is
handed out. The few names that pickled arrays consist of stand for functions made here, anew for each file, which take
numbers and bytes and look at them.
"""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.errors import BadInput

__all__ = ["read_pickled"]

_KIND = re.compile(r"[<>|=]?([biuf])([1248])\Z")
_ORDERS = ("<", ">", "|", "=")


def read_pickled(path: Path) -> Any:
    """Plain values and numpy arrays of numbers from a pickle; anything else in it is refused.

    Args:
        path: with an array, a number, or a dictionary of them.

    Raises:
        BadInput: damaged, or with something else in it.
    """
    try:
        with path.open("rb") as file:
            value = _ArrayUnpickler(file).load()
        if isinstance(value, Mapping):
            return {key: _plain(item) for key, item in value.items()}
        return _plain(value)
    except Exception as error:  # what a damaged pickle raises has no end
        raise BadInput(f"{path}: cannot be read as a pickle of numpy arrays ({error}); get the file again") from error


class _Kind:
    """What numpy's `dtype` stands for: the kind of number."""

    __slots__ = ("dtype",)

    def __init__(self, name: Any) -> None:
        text = name.decode("ascii") if isinstance(name, bytes) else name
        found = _KIND.match(text) if isinstance(text, str) else None
        if found is None:
            raise pickle.UnpicklingError(f"it holds values of the kind {str(name)[:40]!r}, which are no numbers")
        self.dtype: np.dtype[Any] = np.dtype(found[1] + found[2])

    def __setstate__(self, state: Any) -> None:
        # (version, byte order, subarray, names, fields, size, alignment, flags): only the order is taken.
        order: Any = state[1].decode("ascii") if isinstance(state[1], bytes) else state[1]
        if order not in _ORDERS or any(part is not None for part in state[2:5]):
            raise pickle.UnpicklingError("it holds values of several parts, which are no numbers")
        self.dtype = self.dtype.newbyteorder(order)


class _Array:
    """What an array stands for, until its state has come."""

    __slots__ = ("values",)

    def __init__(self) -> None:
        self.values: npt.NDArray[Any] | None = None

    def __setstate__(self, state: Any) -> None:
        _, shape, kind, columns_first, data = state
        self.values = _shaped(data, kind, shape, "F" if columns_first else "C")


class _ArrayUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        made = _MAKERS.get((module.replace("numpy._core", "numpy.core"), name))
        if made is None:
            raise pickle.UnpicklingError(f"it holds {module[:80]}.{name[:80]}, which is no array")
        return made()


def _shaped(data: Any, kind: Any, shape: Any, order: Any) -> npt.NDArray[Any]:
    if isinstance(data, str):  # a pickle of Python 2
        data = data.encode("latin-1")
    if not isinstance(data, bytes | bytearray | memoryview) or not isinstance(kind, _Kind):
        raise pickle.UnpicklingError("an array without numbers")
    sides = tuple(shape) if isinstance(shape, tuple | list) else (shape,)
    there = all(type(side) is int and 0 <= side < 1 << 40 for side in sides)
    if len(sides) > 8 or not there or order not in ("C", "F"):
        raise pickle.UnpicklingError("an array of no shape")
    values: npt.NDArray[Any] = np.frombuffer(data, kind.dtype).reshape(sides, order=order)
    return values


def _plain(value: Any) -> Any:
    return value.values if isinstance(value, _Array) else value


# A file may set attributes of whatever it is given; functions made anew take those with them when it has been read.


def _make_empty() -> Callable[..., Any]:
    return lambda *_: _Array()


def _make_kind() -> Callable[..., Any]:
    return lambda name, *_: _Kind(name)


def _make_number() -> Callable[..., Any]:
    return lambda kind, data: _shaped(data, kind, (), "C")[()]


def _make_filled() -> Callable[..., Any]:
    return lambda data, kind, shape, order: _shaped(data, kind, shape, order)


def _make_bytes() -> Callable[..., Any]:
    def encode(text: Any, encoding: Any = "latin1") -> bytes:
        if not isinstance(text, str) or encoding not in ("latin1", "latin-1"):
            raise pickle.UnpicklingError("a text that is no bytes")
        return text.encode("latin-1")

    return encode


def _make_nothing() -> Callable[..., Any]:
    return lambda: b""


_MAKERS: Mapping[tuple[str, str], Callable[[], Any]] = {
    ("numpy.core.multiarray", "_reconstruct"): _make_empty,
    ("numpy.core.multiarray", "scalar"): _make_number,
    ("numpy.core.numeric", "_frombuffer"): _make_filled,
    ("numpy", "dtype"): _make_kind,
    ("numpy", "ndarray"): object,
    ("_codecs", "encode"): _make_bytes,
    ("__builtin__", "bytes"): _make_nothing,  # how no bytes at all look in an older pickle
}
