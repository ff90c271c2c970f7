"""The parts that `core` can measure, by name; each is loaded when it is asked for."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from typing import cast

from core.bench.row import LeftOut, Row, Settings

__all__ = ["PARTS", "load_part"]

PARTS = {
    "exr": "core.bench.exr:measure_exr",
    "loading": "core.bench.loading:measure_loading",
    "training": "core.bench.training:measure_training",
    "inference": "core.bench.inference:measure_inference",
    "torch": "core.bench.torch_engines:measure_torch",
    "relight": "core.bench.relight:measure_relight",
}
"""Part -> "module:function"."""


def load_part(name: str) -> Callable[[Settings], Iterator[Row | LeftOut]]:
    """The function that yields a part's rows.

    Raises:
        ModuleNotFoundError: a package that the part needs is not installed.
        KeyError: there is no such part.
    """
    module, _, function = PARTS[name].partition(":")
    found = getattr(importlib.import_module(module), function)
    return cast("Callable[[Settings], Iterator[Row | LeftOut]]", found)
