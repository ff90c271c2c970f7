"""What the commands depend on of the Maya that will run them, and how its pictures are to be made."""

from __future__ import annotations

from dataclasses import dataclass

from scene_generator.spec import Vec3

ARNOLD, SOFTWARE = "arnold", "software"
PLANS = (ARNOLD, SOFTWARE)
"""Ways to render: Arnold (the plug-in mtoa), or Maya Software, which needs no plug-in and no further licence."""

LINEAR_NAMES = (
    *("scene-linear Rec.709-sRGB", "scene-linear Rec 709/sRGB", "Utility - Linear - sRGB", "lin_rec709"),
    "Linear Rec.709 (sRGB)",
)
"""Names of linear Rec.709 in the colour configurations that Maya has shipped, the newest first; then in the official
CG and Studio configurations for ACES 1.3 (OpenColorIO-Config-ACES), which studios use instead."""

UNCHANGED = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))

RAW_NAMES = ("Raw", "Utility - Raw", "raw", "Non-Color", "Data", "data")


@dataclass(frozen=True)
class HostFacts:
    """One Maya."""

    maya: int
    """Its year."""
    plan: str
    """One of `PLANS`."""
    linear: str = LINEAR_NAMES[0]
    """Its name for scene-linear Rec.709, which colours of textures and of the sky are in."""
    raw: str = RAW_NAMES[0]
    """Its name for data that no colour transform touches."""
    primaries: tuple[Vec3, Vec3, Vec3] = UNCHANGED
    """Rows of the matrix from linear Rec.709 to the space that it renders in: pictures it converts, numbers it takes as
    they are."""

    def color(self, rec709: Vec3) -> Vec3:
        """A scene-linear Rec.709 colour as the number of an attribute; not below 0, as no light and no surface is."""
        red, green, blue = (max(0.0, sum(a * b for a, b in zip(row, rec709))) for row in self.primaries)
        return red, green, blue


@dataclass(frozen=True)
class Picture:
    """What is rendered of a scene."""

    width: int
    height: int
    samples: int
    """Paths a pixel, 1 or more."""
    bounces: int
    """Longest path in segments, 1 or more."""
    passes: tuple[str, ...]
    """Names as in `scene_generator.renderers.PASSES`."""
    occlusion_samples: int = 16
    occlusion_radius: float = 1.0
    """Metres."""
    seed: int = 0
    """Of the sampling noise, 0 .. 2**31 - 1."""


def pick(names: tuple[str, ...], there: list[str]) -> str | None:
    """Return the first of `names` that a Maya has among its colour spaces `there`, or None."""
    return next((name for name in names if name in there), None)


def lacking(what: str, names: tuple[str, ...]) -> str:
    """Words about a colour configuration that has none of `names`, with what to do."""
    return (
        f"the colour configuration of this Maya has no {what} ({', '.join(names)}); choose Maya's own configuration in "
        "Preferences > Color Management, or another that has such a space"
    )
