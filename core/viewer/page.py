"""A texture and its normal maps -> one HTML page that needs no network and no other file."""

from __future__ import annotations

import base64
import html
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np
import numpy.typing as npt
import OpenImageIO as oiio  # noqa: N813

from core.atomic import write_text
from core.color import to_display
from core.errors import BadChannels, BadConfig, BadSize
from core.image import SRGB, Image, read_image, write_image
from core.normals import encode_8bit
from core.textures.convention import agreement_with_opengl

__all__ = ["SHAPES", "NormalLayer", "read_normals", "write_page"]

FloatArray = npt.NDArray[np.float32]

SHAPES = ("ball", "plane", "cylinder", "cube", "picture")
"""What the maps are shown on; `picture` relights the colour itself, as a plate with its camera-space normals."""

_MOST_MAPS = 2


@dataclass(frozen=True, eq=False)
class NormalLayer:
    """A normal map to be shown.

    Attributes:
        name: written below it.
        normals: (H, W, 3), -1..1; zero vectors where there is no surface.
        directx: whether its green channel goes down.
        camera: whether they are camera-space normals of a plate, not a tangent-space map.
    """

    name: str
    normals: FloatArray
    directx: bool = False
    camera: bool = False


def read_normals(path: Path, directx: bool | None = None) -> NormalLayer:
    """Read a normal map or a normals layer.

    An EXR's layer N is taken where there is one: camera-space normals. Else it is a map, of vectors or of a picture of
    them, 0.5 + 0.5 n: whichever is nearer to length 1.

    Args:
        path: any image file.
        directx: None: by the map itself (`core.textures.convention`); a layer N is never DirectX.

    Raises:
        FileMissing, UnreadableImage, BadChannels: it cannot be used.
    """
    image = read_image(path)
    layered = image.has_layer("N")
    values = image.layer("N")[..., :3] if layered else _picture(image, path)
    # A number that is none is no surface; 0 in both readings would be a direction.
    finite = np.isfinite(values).all(axis=-1, keepdims=True)
    vectors = _vectors(np.where(finite, values, np.float32(0.0)), layered) * finite
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    # 8-bit zero decodes to a few thousandths, which is no direction.
    unit = np.where(length > 0.3, vectors / np.maximum(length, 1e-6), 0.0).astype(np.float32)
    if directx is None:
        directx = not layered and agreement_with_opengl(unit) < -0.1
    return NormalLayer(path.name, unit, directx, camera=layered)


def write_page(
    path: Path,
    color: Path,
    normals: Sequence[NormalLayer],
    *,
    shape: str = "ball",
    strength: float = 1.0,
    largest: int = 2048,
    color_space: str | None = None,
) -> None:
    """Write the page, whole or not at all.

    Args:
        path: the .html file.
        color: texture or plate; brought to an sRGB screen and 8 bits.
        normals: one or two maps. Each is resized to the colour's size by the browser, if it differs.
        shape: in `SHAPES`, shown first.
        strength: shown first.
        largest: longest side of a picture in the page, pixels; larger ones are averaged down.
        color_space: of the colour, as OpenColorIO names it; None: what the file says.

    Raises:
        BadConfig: an unknown shape, or not one or two maps.
        BadSize: `largest` is below 16.
        FileMissing, UnreadableImage, BadChannels: the colour cannot be used.
        DiskFull: no space is left.
    """
    if shape not in SHAPES:
        raise BadConfig(f"shape {shape!r}: choose one of {', '.join(SHAPES)}")
    if not 1 <= len(normals) <= _MOST_MAPS:
        raise BadConfig(f"{len(normals)} normal maps; the viewer shows one, or two side by side")
    if largest < 16:
        raise BadSize(f"largest side of {largest} pixels; use 16 or more")
    image = read_image(color)
    display = to_display(_picture(image, color), color_space or image.color_space)
    data = {
        "title": color.name,
        "pixelAspect": image.pixel_aspect,
        "color": _data_url(_reduced(display, largest)),
        "normals": [
            {"name": layer.name, "url": _data_url(_encoded(_reduced(layer.normals, largest))), "directx": layer.directx}
            for layer in normals
        ],
    }
    write_text(path, _page(color.name, data, shape, strength, len(normals) > 1))


def _vectors(values: FloatArray, layered: bool) -> FloatArray:
    if layered:
        return values
    decoded = 2.0 * values - 1.0
    # A flat map as vectors, (0, 0, 1), has nothing below 0 that would tell it from a picture.
    off = [float(np.median(np.abs(np.linalg.norm(each, axis=-1) - 1.0))) for each in (values, decoded)]
    return values if off[0] < off[1] else decoded


def _picture(image: Image, path: Path) -> FloatArray:
    try:
        return image.rgb()
    except BadChannels as error:
        raise BadChannels(f"{path}: {error}") from error


def _page(title: str, data: Mapping[str, object], shape: str, strength: float, two: bool) -> str:
    # In a script element only a closing tag could end the text early; JSON may write < otherwise.
    carried = json.dumps(data).replace("<", "\\u003c")
    shapes = "".join(
        f'<label><input type="radio" name="shape" value="{name}"{" checked" if name == shape else ""}>{name}</label>'
        for name in SHAPES
    )
    sliders = "".join(
        f'<label class="slider" id="{name}-box">{name}<input type="range" name="{name}" min="{low}" max="{high}" '
        f'step="{step}" value="{value}"><output>{value:.2f}</output></label>'
        for name, low, high, step, value in (
            ("strength", 0, 4, 0.05, strength),
            ("brightness", 0, 3, 0.05, 1.2),
            ("ambient", 0, 1, 0.02, 0.3),
            ("roughness", 0.05, 1, 0.01, 0.55),
            ("repeat", 1, 8, 1, 1.0),
            ("distance", 0.1, 3, 0.05, 0.7),
        )
    )
    sides = (
        '<label class="check"><input type="checkbox" name="both" checked>side by side</label>'
        '<label class="check"><input type="checkbox" name="second">second only</label>'
        if two
        else ""
    )
    name = html.escape(title)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>{name} - Platelight viewer</title>
<style>
{_asset("viewer.css")}</style>
</head>
<body>
<header><h1>{name}</h1><fieldset aria-label="shown on">{shapes}</fieldset>{sliders}
<label class="check"><input type="checkbox" name="directx">turn green round (DirectX)</label>{sides}</header>
<main><canvas tabindex="0" aria-label="{name} under a movable light"></canvas>
<div class="name" id="left"></div><div class="name" id="right" hidden></div>
<div id="trouble" role="alert" hidden></div></main>
<footer id="help"></footer>
<script type="application/json" id="data">{carried}</script>
<script>
{_asset("three_bundle.js")}
</script>
<script>
{_asset("viewer.js")}</script>
</body>
</html>
"""


def _asset(name: str) -> str:
    return resources.files("core.viewer").joinpath(name).read_text("utf-8")


def _encoded(normals: FloatArray) -> FloatArray:
    return encode_8bit(normals).astype(np.float32) / np.float32(255.0)


def _reduced(pixels: FloatArray, largest: int) -> FloatArray:
    height, width = pixels.shape[:2]
    factor = largest / max(height, width)
    if factor >= 1.0:
        return pixels
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    buffer = oiio.ImageBuf(np.ascontiguousarray(pixels, np.float32))
    small = oiio.ImageBufAlgo.resize(buffer, roi=oiio.ROI(0, size[0], 0, size[1], 0, 1, 0, pixels.shape[2]))
    return np.asarray(small.get_pixels(oiio.FLOAT), np.float32)


def _data_url(pixels: FloatArray) -> str:
    with tempfile.TemporaryDirectory(prefix="platelight-") as folder:
        path = Path(folder) / "picture.png"
        write_image(path, Image(np.clip(pixels, 0.0, 1.0), ("R", "G", "B"), color_space=SRGB), dtype="uint8")
        return "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode()
