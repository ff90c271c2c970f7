"""Relighting with numpy, beside the least time in which the memory could carry the pixels."""

from __future__ import annotations

from collections.abc import Iterator

from core.bench.clock import in_turn
from core.bench.memory import copy_bandwidth
from core.bench.picture import lit_scene
from core.bench.row import Row, Settings, compared
from core.relight.compose import relight
from core.relight.lights import AmbientLight, AreaLight, DirectionalLight, Light, PointLight, RimLight, SpotLight

__all__ = ["PIXEL_BYTES", "eight_lights", "measure_relight"]

PIXEL_BYTES = (17 + 4) * 4
"""Bytes of a pixel that no way of relighting can do without: 17 float32 channels in, 4 out."""

_COPY_BYTES = 256 << 20


def eight_lights() -> list[Light]:
    """Eight, of all six kinds. The rim has no highlight: the Blink kernel's is a fit, which would be other work."""
    return [
        AmbientLight(intensity=0.2),
        DirectionalLight(direction=(-0.4, -0.6, -1.0), intensity=0.8, wrap=0.2),
        PointLight(position=(0.8, 0.9, -0.6), intensity=1.5),
        PointLight(position=(-1.2, 0.4, -1.4), intensity=0.7, falloff="linear"),
        SpotLight(position=(0.0, 1.5, 0.0), direction=(0.0, -0.6, -1.0), cone_angle=60.0, penumbra=8.0),
        SpotLight(position=(-1.0, 0.2, 0.3), direction=(0.4, 0.0, -1.0), cone_falloff=2.0),
        AreaLight(position=(1.0, 1.0, -0.8), direction=(-0.5, -0.7, -1.0), width=1.2, height=0.6),
        RimLight(angle=120.0, spread=0.1, specular=False),
    ]


def measure_relight(settings: Settings) -> Iterator[Row]:
    """Yield one row: a 1920x1080 plate with eight lights, one thread.

    The baseline is arithmetic, not a call: `PIXEL_BYTES` for each pixel over the bandwidth of a large copy, whose reads
    and writes both count, measured before and after. No program could be as fast; the row says how far off numpy is.
    """
    width, height = (96, 54) if settings.quick else (1920, 1080)
    shot, lights = lit_scene(width, height), eight_lights()
    size = 4 << 20 if settings.quick else _COPY_BYTES
    before = copy_bandwidth(1, size)
    times = in_turn({"numpy": lambda: relight(shot.plate, shot.surface, lights)}, settings.rounds, settings.seconds)
    bandwidth = max(before, copy_bandwidth(1, size))
    floor = width * height * PIXEL_BYTES / bandwidth
    yield compared(
        "relight",
        f"numpy, {width}x{height}, {len(lights)} lights",
        times["numpy"],
        f"memory floor at {bandwidth / 1e9:.1f} GB/s",
        [floor] * len(times["numpy"]),
        1.0,
        "frames/s",
    )
