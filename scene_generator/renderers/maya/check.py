"""Does this Maya do what the renderer takes for granted? Three small scenes, compared with the embedded renderer's.

    python -m scene_generator.renderers.maya.check [--variant arnold]

Prints one line for each of the lines R4 to R19 of docs/host-evidence.md that a picture can settle, with the number that
was measured, and ends with code 1 if one is wrong. It needs Maya and the [render] extra, and takes a minute or two.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import PlatelightError
from core.normals import angular_error_degrees
from scene_generator.families.layout import quad_light
from scene_generator.maya_scene import arnold, software
from scene_generator.maya_scene.facts import ARNOLD
from scene_generator.renderers.contract import Frame, Renderer, RenderSettings
from scene_generator.renderers.maya.choose import choose_plan
from scene_generator.renderers.maya.renderer import MayaRenderer
from scene_generator.spec import (
    Bump,
    Camera,
    ColorTexture,
    Material,
    Matrix,
    Pattern,
    ScalarTexture,
    SceneObject,
    SceneSpec,
    Shape,
    Sky,
    SoftBox,
)

SIZE = 96
TEXTURE_SIZE = 128

_FLAT, _WAVE = Pattern("flat", 0, 1), Pattern("cloud", 3, 3)
_BLACK, _DIM = Sky((0.0,) * 3, (0.0,) * 3, (0.0,) * 3), Sky((0.05,) * 3, (0.05,) * 3, (0.05,) * 3)
_SUN = SoftBox((0.8, 0.6, 0.0), 0.35, (9.0, 9.0, 9.0))
"""To the right of the camera, +X: a sky that is turned or mirrored lights the ball from another side."""


@dataclass(frozen=True)
class Finding:
    """One line."""

    line: str
    """Of the table of open points, such as `R5`."""
    good: bool
    text: str


def check(maya: Renderer, embedded: Renderer, plan: str) -> Iterator[Finding]:
    """Yield what is found.

    Args:
        maya, embedded: with textures of `TEXTURE_SIZE`.
        plan: what `maya` renders with, one of `maya_scene.facts.PLANS`.

    Raises:
        PlatelightError: a scene cannot be rendered.
    """
    known = arnold.SUPPORTED if plan == ARNOLD else software.SUPPORTED
    passes = tuple(name for name in known if not name.startswith("motion"))
    settings = RenderSettings(SIZE, SIZE, samples=36, bounces=3, denoise=False, passes=passes, occlusion_samples=36)

    def both(spec: SceneSpec) -> tuple[Frame, Frame]:
        return maya.render(spec, settings), embedded.render(spec, settings)

    made, wanted = both(_scene(_DIM, lamp=True))
    yield from _data(made, wanted)
    again = maya.render(_scene(_DIM, lamp=True), settings)
    apart = float(np.abs(again.passes["beauty"] - made.passes["beauty"]).max())
    yield Finding("R23", apart == 0, f"two renders of one scene differ by {apart:.2g}")
    made, wanted = both(_scene(_BLACK, lamp=True))
    yield _gain("R4", "a lamp lights the scene", made, wanted)
    made, wanted = both(dataclasses.replace(_scene(_DIM, lamp=False), sky=dataclasses.replace(_DIM, patches=(_SUN,))))
    yield _gain("R15", "a sky lights the scene", made, wanted)
    yield _side(made, wanted)


def _data(made: Frame, wanted: Frame) -> Iterator[Finding]:
    a, b = made.passes, wanted.passes
    same = (a["id"] == b["id"])[..., 0]
    yield Finding("R10", float(same.mean()) > 0.97, f"{same.mean():.1%} of the pixels have the right object's number")
    plain, bumped = same & (b["id"] == 2)[..., 0], same & (b["id"] == 1)[..., 0]
    yield _angle("R6", "normals of a wall", a["normal"], b["normal"], plain, 1.0)
    yield _angle("R7, R8", "normals of a bumped ball", a["normal"], b["normal"], bumped, 4.0)
    if "normal_unbumped" in a:
        yield _angle("R11", "normals of it without bump", a["normal_unbumped"], b["normal_unbumped"], bumped, 1.5)
    for name, most in (("albedo", 0.02), ("roughness", 0.02), ("metalness", 0.02), ("occlusion", 0.05)):
        if name in a:
            apart = _mean(np.abs(a[name] - b[name])[same])
            yield Finding("R11" if name == "occlusion" else "R9", apart <= most, f"{name} is {apart:.3g} off")
    apart = _mean(np.abs(a["depth"] - b["depth"])[same])
    yield Finding("R13", apart < 0.02, f"depth is {apart:.3g} m off")
    lamp = same & (b["id"] == 3)[..., 0]
    shown = float(a["beauty"][lamp][:, :3].mean()) if lamp.any() else 0.0
    want = float(b["beauty"][lamp][:, :3].mean()) if lamp.any() else 1.0
    yield Finding("R19", abs(shown / want - 1) < 0.1, f"a lamp in the frame is {shown / want:.2f} times as bright")


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if values.size else float("inf")


def _angle(line: str, what: str, made: np.ndarray, wanted: np.ndarray, where: np.ndarray, most: float) -> Finding:
    if not where.any():
        return Finding(line, False, f"{what}: not found in the picture")
    apart = float(np.median(angular_error_degrees(made[where], wanted[where])))
    return Finding(line, apart <= most, f"{what} are {apart:.2f} degrees off")


def _gain(line: str, what: str, made: Frame, wanted: Frame) -> Finding:
    there = (wanted.passes["id"] > 0)[..., 0] & (wanted.passes["id"] < 3)[..., 0]
    ratio = float(made.passes["beauty"][there][:, :3].mean() / max(wanted.passes["beauty"][there][:, :3].mean(), 1e-9))
    return Finding(line, 0.8 < ratio < 1.25, f"{what} {ratio:.2f} times as brightly")


def _side(made: Frame, wanted: Frame) -> Finding:
    """Where the bright part of the sky is, told by the shading of the wall and the ball."""
    a, b = (frame.passes["beauty"][..., :3].mean(-1) for frame in (made, wanted))
    ball = (wanted.passes["id"] == 1)[..., 0]
    right = ball & (np.arange(SIZE) > SIZE / 2)[None, :]
    shares = [float(values[right].sum() / max(values[ball].sum(), 1e-9)) for values in (a, b)]
    text = f"{shares[0]:.0%} of the ball's light is on its right, expected {shares[1]:.0%}"
    return Finding("R5", abs(shares[0] - shares[1]) < 0.08, text)


def _scene(sky: Sky, *, lamp: bool) -> SceneSpec:
    """A bumped ball before a grey wall, and a lamp beside it that is in the frame."""

    def skin(relief: float, metal: float, rough: float) -> Material:
        color = ColorTexture((0.5, 0.3, 0.2), (0.5, 0.3, 0.2), _FLAT)
        bump = Bump(relief, _WAVE if relief else _FLAT)
        return Material(
            1.0, color, ScalarTexture(metal, metal, _FLAT), 1.0, ScalarTexture(rough, rough, _FLAT), bump, (0.5, 0.5)
        )

    ball = SceneObject("ball", Shape("ellipsoid", (1.0, 1.0, 1.0)), _at(0, 0, 0), skin(0.03, 0.0, 0.6))
    wall = SceneObject("wall", Shape("box", (8.0, 8.0, 0.1)), _at(0, 0, -1.5), skin(0.0, 0.0, 0.8))
    # It is seen, and lights the ball: its front looks between the two.
    lamps = (quad_light((1.5, 0.9, -0.7), (-0.3, 0.2, 1.7), 0.3, 0.3, (12.0, 10.0, 8.0)),) if lamp else ()
    return SceneSpec("check", "check", 0, 0, 0, Camera(_at(0, 0, 6), 50.0), (ball, wall), lamps, sky)


def _at(x: float, y: float, z: float) -> Matrix:
    return (1.0, 0.0, 0.0, float(x), 0.0, 1.0, 0.0, float(y), 0.0, 0.0, 1.0, float(z), 0.0, 0.0, 0.0, 1.0)


def main(arguments: Sequence[str], say: Callable[[str], object] = sys.stdout.write) -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m scene_generator.renderers.maya.check", description=__doc__)
    parser.add_argument("--variant", default="auto", help="arnold, software, or auto")
    options = parser.parse_args(arguments)
    try:
        from scene_generator.renderers.mitsuba import MitsubaRenderer
        from scene_generator.renderers.variant import choose_variant

        plan, note = choose_plan(options.variant)
        embedded = MitsubaRenderer(choose_variant()[0], TEXTURE_SIZE)
        maya = MayaRenderer(plan, TEXTURE_SIZE)
        say(f"Maya {maya.version}{'; ' + note if note else ''}\n")
        wrong = 0
        for finding in check(maya, embedded, plan):
            wrong += not finding.good
            say(f"{'ok   ' if finding.good else 'WRONG'} {finding.line:7s} {finding.text}\n")
    except PlatelightError as error:
        say(f"error: {error}\n")
        return error.exit_code
    say("docs/host-evidence.md says what each line is about\n" if wrong else "everything is as it should be\n")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
