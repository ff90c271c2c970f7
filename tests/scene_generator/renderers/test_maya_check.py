"""The check of a Maya passes one that does all as expected, and names the line that a wrong one breaks."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest

from core.normals import camera_to_world
from scene_generator.renderers import Frame, RenderSettings
from scene_generator.renderers.maya import check
from scene_generator.renderers.mitsuba import MitsubaRenderer
from scene_generator.spec import SceneSpec

Twist = Callable[[SceneSpec, Frame], Frame]


class Cached:
    """The embedded renderer, which renders each scene once; what comes out is twisted."""

    name = version = "cached"
    frames: dict[str, Frame] = {}  # noqa: RUF012 - shared by all

    def __init__(
        self, renderer: MitsubaRenderer, twist: Twist = lambda spec, frame: frame, *, mirror: bool = False
    ) -> None:
        self._renderer, self._twist, self._mirror = renderer, twist, mirror

    def render(self, spec: SceneSpec, settings: RenderSettings) -> Frame:
        if self._mirror and spec.sky.patches:
            (patch,) = spec.sky.patches
            turned = dataclasses.replace(patch, direction=(-patch.direction[0], *patch.direction[1:]))
            spec = dataclasses.replace(spec, sky=dataclasses.replace(spec.sky, patches=(turned,)))
        key = spec.hash()
        if key not in self.frames:
            self.frames[key] = self._renderer.render(spec, settings)
        frame = self.frames[key]
        return self._twist(spec, dataclasses.replace(frame, passes={k: v.copy() for k, v in frame.passes.items()}))


def changed(name: str, change: Callable[[np.ndarray], np.ndarray]) -> Twist:
    def twist(spec: SceneSpec, frame: Frame) -> Frame:
        return dataclasses.replace(frame, passes={**frame.passes, name: change(frame.passes[name])})

    return twist


def unbumped(spec: SceneSpec, frame: Frame) -> Frame:
    return changed("normal", lambda values: frame.passes["normal_unbumped"])(spec, frame)


def lamps_normalised(spec: SceneSpec, frame: Frame) -> Frame:
    return changed("beauty", lambda values: values * 3)(spec, frame) if spec.lights else frame


def world(values: np.ndarray) -> np.ndarray:
    tilted = (1.0, 0.0, 0.0, 0.0, 0.0, 0.8, -0.6, 0.0, 0.0, 0.6, 0.8, 0.0, 0.0, 0.0, 0.0, 1.0)
    return camera_to_world(values, tilted)


@pytest.fixture(scope="module", autouse=True)
def small_pictures() -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(check, "SIZE", 48)
        yield


def wrong(renderer: MitsubaRenderer, **how: object) -> set[str]:
    found = list(check.check(Cached(renderer, **how), Cached(renderer), "arnold"))  # type: ignore[arg-type]
    assert len(found) == 14
    return {finding.line for finding in found if not finding.good}


def test_a_maya_that_does_as_expected_passes(renderer: MitsubaRenderer) -> None:
    assert wrong(renderer) == set()


@pytest.mark.parametrize(
    ("twist", "lines"),
    [
        (changed("normal", world), {"R6", "R7, R8"}),
        (unbumped, {"R7, R8"}),
        (changed("id", np.zeros_like), {"R6", "R7, R8", "R11", "R10", "R19", "R9", "R13"}),
        (changed("roughness", lambda values: values * 0.5), {"R9"}),
        (changed("occlusion", np.zeros_like), {"R11"}),
        (lamps_normalised, {"R4", "R19"}),
    ],
)
def test_what_is_wrong_is_named(renderer: MitsubaRenderer, twist: Twist, lines: set[str]) -> None:
    assert wrong(renderer, twist=twist) == lines


def test_a_mirrored_sky_is_noticed(renderer: MitsubaRenderer) -> None:
    assert wrong(renderer, mirror=True) == {"R5"}


def test_without_maya_the_command_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLATELIGHT_MAYAPY", "/nowhere")
    said: list[str] = []
    assert check.main([], said.append) == 1
    assert "there is no mayapy" in said[0]
