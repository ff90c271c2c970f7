"""The attributes of the TorchScript model, read from its source, so that no test here has to load torch."""

from __future__ import annotations

import ast
import functools
from pathlib import Path

_SOURCE = Path(__file__).parents[3] / "core" / "export" / "plate_module.py"


@functools.cache
def model_knobs() -> tuple[str, ...]:
    tree = ast.parse(_SOURCE.read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    names = [call.args[0].value for call in calls if isinstance(call.func, ast.Name) and call.func.id == "Knob"]
    assert names, "plate_module.py describes its knobs differently now"
    return tuple(str(name) for name in names)
