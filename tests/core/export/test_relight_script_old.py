"""The relighting module in an old libtorch, against core.relight.

Which Python, and when it is skipped: tests/core/export/test_torchscript_old.py.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from core.export.relight_module import DEFAULTS
from core.export.relight_numbers import packed_frame, relight_numbers
from core.export.relight_script import WEIGHTS
from core.relight.compose import MODES, relight
from tests.core.export.test_relight_module import CLOSE, SHIPPED, any_light, apart
from tests.core.export.test_torchscript_old import old_python, run_old
from tests.nuke_plugin.blink.scenes import KINDS, FloatArray, random_scene

__all__ = ["old_python"]


def test_an_old_libtorch_says_what_core_relight_says(old_python: str, tmp_path: Path) -> None:
    """The shipped file itself: each kind of light in each mode, odd sizes, attributes set after loading, half."""
    dice = np.random.default_rng(3)
    frames: dict[str, FloatArray] = {}
    expected: dict[str, FloatArray] = {}
    for number, kind in enumerate((*KINDS, *KINDS)):
        scene = random_scene(dice, 21 + number, 37 - number, least_roughness=0.3)
        lights = [any_light(dice, kind) for _ in range(2)]
        mode = MODES[number % 4]
        settings = []
        for name, values in relight_numbers(scene.surface, lights, mode, scene.former).items():
            for index, value in enumerate(values):
                attribute = name if len(values) == 1 else f"{name}_{index}"
                if attribute in DEFAULTS:
                    settings.append(f"{attribute}={float(value)!r}")
        frame = packed_frame(scene.plate, scene.surface, scene.alpha)[0].transpose(1, 2, 0)
        name = ";".join([f"{number}", *settings])
        frames[name] = np.ascontiguousarray(frame)
        expected[name] = relight(
            scene.plate, scene.surface, lights, mode=mode, alpha=scene.alpha, former=scene.former
        ).beauty
    half = f"{next(iter(frames))};half"
    frames[half] = next(iter(frames.values()))
    renamed = {f"f{index}": name for index, name in enumerate(frames)}
    answers = run_old(
        old_python, SHIPPED / WEIGHTS, {_short(key, name): frames[name] for key, name in renamed.items()}, tmp_path
    )
    print(f"libtorch {answers.pop('version')}", file=sys.stderr)
    for key, name in renamed.items():
        answer = answers[_short(key, name)]
        if name == half:
            assert np.isfinite(answer).all()
        else:
            assert apart(answer, expected[name]) < CLOSE, name[:40]


def _short(key: str, name: str) -> str:
    return ";".join([key, *name.split(";")[1:]])
