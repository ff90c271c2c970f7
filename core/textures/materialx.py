"""The MaterialX document of a texture and its maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import quoteattr

from core.image import SCENE_LINEAR, SRGB
from core.textures.convention import DIRECTX

__all__ = ["is_known_space", "materialx_text"]

_MATERIALX_SPACES = {
    **dict.fromkeys((SRGB, "srgb", "srgb - texture", "srgb encoded rec.709 (srgb)", "srgb_texture"), "srgb_texture"),
    **dict.fromkeys((SCENE_LINEAR, "lin_rec709_scene", "lin_srgb", "linear rec.709 (srgb)"), "lin_rec709"),
    **dict.fromkeys(("acescg", "aces - acescg", "lin_ap1", "lin_ap1_scene"), "acescg"),
    "lin_p3d65_scene": "lin_displayp3",
    "srgb_p3d65_scene": "srgb_displayp3",
    "lin_adobergb_scene": "lin_adobergb",
    "g22_adobergb_scene": "adobergb",
    "g18_rec709_scene": "g18_rec709",
    "g22_rec709_scene": "g22_rec709",
    "g22_ap1_scene": "g22_ap1",
}
"""Colour spaces, in small letters as OpenColorIO and files name them, and what MaterialX's own transforms call them.
Others keep their names, which a renderer with an OpenColorIO configuration may know."""


def is_known_space(color_space: str) -> bool:
    """Whether MaterialX brings colours of this space, as OpenColorIO names it, to scene-linear light by itself."""
    return color_space.lower() in _MATERIALX_SPACES or color_space in _MATERIALX_SPACES.values()


def materialx_text(
    source: Path,
    files: Mapping[str, Path],
    *,
    said: str,
    file_type: str,
    convention: str,
    depth: float,
    color_space: str = SRGB,
    grey: bool = False,
) -> str:
    """A MaterialX 1.38 document: a `standard_surface` with the texture and its maps.

    Files are named relative to the document where they lie beside it, else by their whole path. A DirectX map is turned
    round on its way, as MaterialX's `normalmap` node wants OpenGL.

    Args:
        source: the colour texture.
        files: the document's own place, `materialx`, and the maps it names, by name.
        said: how it was made, a comment at its head.
        file_type: of the maps; those of `exr` hold the numbers themselves, others 0..1.
        convention: of the normal map, "opengl" or "directx".
        depth: height of the relief in widths of the texture, the scale of the displacement.
        color_space: of the texture, as OpenColorIO names it.
        grey: the texture has one channel of brightness, which some renderers read as red.
    """
    folder = files["materialx"].parent
    # MaterialX's validator takes no other letters in a name.
    name = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in source.stem)
    space_of_color = _MATERIALX_SPACES.get(color_space.lower(), color_space)

    def place(path: Path) -> str:
        return path.name if path.resolve().parent == folder.resolve() else path.resolve().as_posix()

    def image(node: str, path: Path, kind: str, space: str | None) -> str:
        colorspace = f" colorspace={quoteattr(space)}" if space else ""
        return (
            f'  <image name="{name}_{node}" type="{kind}">\n'
            f'    <input name="file" type="filename" value={quoteattr(place(path))}{colorspace} />\n'
            f"  </image>\n"
        )

    parts = [image("color", source, "color3", space_of_color)]
    base = f"{name}_color"
    if grey:
        # Read as colour all the same: MaterialX brings no plain number from one colour space to another.
        red = [("in", "color3", base), ("index", "integer", 0, "value")]
        parts.append(_node("extract", f"{name}_brightness", "float", red))
        base = f"{name}_grey"
        parts.append(_node("convert", base, "color3", [("in", "float", f"{name}_brightness")]))
    inputs = [f'<input name="base_color" type="color3" nodename="{base}" />']
    parts.append(image("normal", files["normal"], "vector3", None))
    normal = f"{name}_normal"
    if file_type == "exr":
        parts.append(_node("multiply", f"{name}_half", "vector3", [("in1", "vector3", normal), ("in2", "float", 0.5)]))
        shift = [("in1", "vector3", f"{name}_half"), ("in2", "float", 0.5)]
        parts.append(_node("add", f"{name}_encoded", "vector3", shift))
        normal = f"{name}_encoded"
    if convention == DIRECTX:
        turn = [("in1", "vector3", normal), ("in2", "vector3", "1, -1, 1", "value")]
        parts.append(_node("multiply", f"{name}_turned", "vector3", turn))
        back = [("in1", "vector3", f"{name}_turned"), ("in2", "vector3", "0, 1, 0", "value")]
        parts.append(_node("add", f"{name}_opengl", "vector3", back))
        normal = f"{name}_opengl"
    parts.append(_node("normalmap", f"{name}_normalmap", "vector3", [("in", "vector3", normal)]))
    inputs.append(f'<input name="normal" type="vector3" nodename="{name}_normalmap" />')
    for map_name, port in (("roughness", "specular_roughness"), ("metalness", "metalness")):
        if map_name in files:
            parts.append(image(map_name, files[map_name], "float", None))
            inputs.append(f'<input name="{port}" type="float" nodename="{name}_{map_name}" />')
    body = "\n    ".join(inputs)
    parts.append(f'  <standard_surface name="{name}_shader" type="surfaceshader">\n    {body}\n  </standard_surface>\n')
    bound = [f'<input name="surfaceshader" type="surfaceshader" nodename="{name}_shader" />']
    if "height" in files:
        parts.append(image("height", files["height"], "float", None))
        scale = 1.0 if file_type == "exr" else depth
        given = [("displacement", "float", f"{name}_height"), ("scale", "float", round(scale, 6))]
        parts.append(_node("displacement", f"{name}_displacement", "displacementshader", given))
        bound.append(f'<input name="displacementshader" type="displacementshader" nodename="{name}_displacement" />')
    body = "\n    ".join(bound)
    parts.append(f'  <surfacematerial name="{name}" type="material">\n    {body}\n  </surfacematerial>\n')
    head = f'<?xml version="1.0"?>\n<!-- {said} -->\n<materialx version="1.38" colorspace="lin_rec709">\n'
    return f"{head}{''.join(parts)}</materialx>\n"


def _node(kind: str, name: str, made: str, inputs: Sequence[tuple[object, ...]]) -> str:
    lines = []
    for port, kind_of_input, value, *how in inputs:
        word = "value" if how or isinstance(value, float) else "nodename"
        lines.append(f'    <input name="{port}" type="{kind_of_input}" {word}="{value}" />\n')
    return f'  <{kind} name="{name}" type="{made}">\n{"".join(lines)}  </{kind}>\n'
