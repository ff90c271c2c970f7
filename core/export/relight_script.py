"""The relighting module as a TorchScript file for Nuke's Inference node, and the card that describes it.

The file has no weights: it is the shading of core.relight (`core.export.relight_module`), written so that libtorch 1.12
and later read it. It is small and the same for everyone, so that the plug-in brings it along.
"""

from __future__ import annotations

import hashlib
import io
import warnings
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from core.atomic import write_bytes, write_json
from core.errors import WorkFailed
from core.export.operators import KNOWN_OPERATORS
from core.export.relight_module import CHANNELS, DEFAULTS, RelightModule
from core.export.relight_numbers import RESULTS, packed_frame, relight_numbers
from core.export.torchscript import SCRIPT_CARD
from core.relight.compose import MODES, FormerLight, Relit, relight
from core.relight.lights import (
    AmbientLight,
    AreaLight,
    DirectionalLight,
    Light,
    PointLight,
    RimLight,
    SpotLight,
)
from core.relight.shade import Surface

__all__ = ["LIMIT", "NUKE_CHANNELS", "WEIGHTS", "RelightScript", "export_relight", "relight_script_bytes"]

FloatArray = npt.NDArray[np.float32]

WEIGHTS = "plate_relight.pt"
LIMIT = 1e-4
"""Largest difference from core.relight, of the larger of 1 and the value."""

NUKE_CHANNELS = (
    *("rgba.red", "rgba.green", "rgba.blue", "rgba.alpha", "depth.Z", "forward.u", "forward.v", "backward.u"),
    *("backward.v", "disparityL.x", "disparityL.y", "disparityR.x", "disparityR.y", "mask.a", "rotopaint_mask.a"),
    *("mask_planartrack.a", "mask_splinewarp.a"),
)
"""The channels of Nuke that carry `CHANNELS`. CatFileCreator takes 19 names and no others (learn.foundry.com, .cat file
creation reference, appendix); these are in the order of that list, without the two of deep pictures."""

_VERSION = "1"
_MORE_OPERATORS = frozenset({
    "aten::__and__.bool", "aten::_set_item.t", "aten::atan2", "aten::logical_and", "aten::logical_not",
    "aten::logical_or", "aten::lt.float", "aten::lt.int", "aten::reciprocal", "aten::tensor",
})  # fmt: skip
"""Beside those of core.export.operators; tried in libtorch 1.12 by tests/core/export/test_relight_script_old.py."""


@dataclass(frozen=True)
class RelightScript:
    """What was written: `card`, and `differences`, the largest one from core.relight by kind of light."""

    card: dict[str, Any]
    differences: dict[str, float]


def export_relight(out: Path) -> RelightScript:
    """Write `plate_relight.pt` and `torchscript.json` into `out`.

    Raises:
        WorkFailed: the file does not say what core.relight says, or needs an operator that old libtorch is not known to
            have; nothing is written.
        DiskFull: no space is left.
    """
    data = relight_script_bytes()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        module = torch.jit.load(io.BytesIO(data))  # type: ignore[no-untyped-call]
    differences = {name: _difference(module, light) for name, light in _one_of_each().items()}
    worst = max(differences.values())
    if not worst <= LIMIT:
        raise WorkFailed(
            f"the relighting module differs from core.relight by {worst:.2g}, more than {LIMIT}; it was not written"
        )
    card = {
        "format": 1,
        "name": "plate_relight",
        "version": _VERSION,
        "task": "relight",
        "weights": WEIGHTS,
        "sha256": hashlib.sha256(data).hexdigest(),
        "bytes": len(data),
        "input": {"layout": "NCHW", "channels": list(CHANNELS), "types": ["float32", "float16"]},
        "output": {"layout": "NCHW", "channels": 4, "encoding": ["scene_linear"] * 3 + ["alpha"]},
        "nuke_channels_in": list(NUKE_CHANNELS),
        "knobs": [
            {"name": name, "label": name, "default": value, "range": [min(0.0, value), max(1.0, value)], "tooltip": ""}
            for name, value in DEFAULTS.items()
        ],
        "oldest_libtorch": "1.12",
        "written_by": f"torch {torch.__version__}",
        "parity": {"largest_difference": {name: float(f"{value:.2g}") for name, value in differences.items()}},
        "licence": "Apache-2.0",
    }
    write_bytes(out / WEIGHTS, data)
    write_json(out / SCRIPT_CARD, card)
    return RelightScript(card, differences)


def relight_script_bytes() -> bytes:
    """The file: the same bytes for the same code and torch, without the paths of the machine that wrote it.

    Raises:
        WorkFailed: an operator that libtorch 1.12 is not known to have.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", FutureWarning)
        scripted = torch.jit.script(RelightModule().eval())
        foreign = sorted(set(torch.jit.export_opnames(scripted)) - KNOWN_OPERATORS - _MORE_OPERATORS)  # type: ignore[no-untyped-call]
        if foreign:
            raise WorkFailed(
                f"the relighting module would need {', '.join(foreign)}, which is not known to run in libtorch 1.12"
            )
        buffer = io.BytesIO()
        torch.jit.save(scripted, buffer)
    return _without_debug(buffer.getvalue())


def _without_debug(data: bytes) -> bytes:
    """The archive without what only error messages read: it names folders of the machine, and makes two thirds."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as made:
        for entry in source.infolist():
            if not entry.filename.endswith((".debug_pkl", ".data/serialization_id")):
                made.writestr(zipfile.ZipInfo(entry.filename, (1980, 1, 1, 0, 0, 0)), source.read(entry))
    return target.getvalue()


def _one_of_each() -> dict[str, Light]:
    color = (0.9, 0.7, 0.4)
    return {
        "ambient": AmbientLight(color=color),
        "directional": DirectionalLight(color=color, direction=(-0.4, -0.6, -1.0), wrap=0.2),
        "point": PointLight(color=color, position=(0.7, 1.1, -0.4), falloff="linear"),
        "spot": SpotLight(color=color, position=(0.5, 1.0, 0.5), direction=(0.0, -0.3, -1.0), penumbra=6.0),
        "area": AreaLight(color=color, position=(0.4, 1.3, -0.6), direction=(0.0, -0.7, -1.0), width=1.5),
        "rim": RimLight(color=color, angle=110.0, spread=0.2),
    }


def _difference(module: Any, light: Light) -> float:
    """Largest one of any result in any mode on a random picture of odd size."""
    dice = np.random.default_rng(5)
    size = (37, 51)
    normals = dice.normal((0.0, 0.0, 1.0), 0.8, (*size, 3))
    normals[dice.uniform(size=size) < 0.05] = 0.0
    surface = Surface(
        normals.astype(np.float32),
        dice.uniform((-2.0, -1.5, -6.0), (2.0, 1.5, -1.0), (*size, 3)).astype(np.float32),
        dice.uniform(0.0, 1.0, (*size, 3)).astype(np.float32),
        roughness=dice.uniform(0.1, 1.0, (*size, 1)).astype(np.float32),
        metalness=dice.uniform(0.0, 1.0, (*size, 1)).astype(np.float32),
        occlusion=dice.uniform(0.0, 1.0, (*size, 1)).astype(np.float32),
    )
    plate = dice.uniform(0.0, 1.0, (*size, 3)).astype(np.float32)
    nine = np.concatenate([np.full((1, 3), 2.0), dice.normal(0.0, 0.4, (8, 3))])
    former = FormerLight.over(nine, surface.normals)
    frame = torch.from_numpy(packed_frame(plate, surface))
    worst = 0.0
    for mode in MODES:
        expected = relight(plate, surface, [light], mode=mode, former=former)
        for result in RESULTS:
            for name, numbers in relight_numbers(surface, [light], mode, former, result=result).items():
                for index, value in enumerate(numbers):
                    attribute = name if len(numbers) == 1 else f"{name}_{index}"
                    if attribute in DEFAULTS:
                        setattr(module, attribute, float(value))
            with torch.no_grad():
                answer = module(frame)[0, :3].numpy().transpose(1, 2, 0)
            reference = _result_of(expected, result)
            worst = max(worst, float((np.abs(answer - reference) / np.maximum(1.0, np.abs(reference))).max()))
    return worst if np.isfinite(worst) else float("inf")


def _result_of(relit: Relit, result: str) -> FloatArray:
    found: dict[str, FloatArray] = {
        "picture": relit.beauty,
        "light": relit.diffuse + relit.specular + relit.ambient,
        "diffuse": relit.diffuse,
        "specular": relit.specular,
        "ambient": relit.ambient,
        "mask": np.repeat(relit.mask, 3, axis=-1),
    }
    return found[result]
