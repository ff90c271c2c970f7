"""The materials of a scene: a standard surface each, with `file` and `place2dTexture` nodes for what varies.

The node type is always asked for by name: Maya's default material is another one from version to version.
"""

from __future__ import annotations

from scene_generator.maya_scene.commands import CommandList
from scene_generator.maya_scene.facts import ARNOLD, HostFacts
from scene_generator.maya_scene.files import MaterialFiles, SceneFiles
from scene_generator.spec import Vec3

SPECULAR_IOR = 1.5
"""Of every dielectric, as in `spec.Material`."""

ALBEDO, DATA, COVER, ID_ATTRIBUTE = "pl_albedo", "pl_data", "pl_cover", "platelight_id"
"""AOVs that `aiStandardSurface` writes from its `id1` .. `id3`: base colour; roughness, metalness and object number;
white, whose filtered value is how much of a pixel is covered."""

_PLACED = (
    # Maya's own list, as its Hypershade makes it: destinations on `file` have the same names.
    *("coverage", "translateFrame", "rotateFrame", "mirrorU", "mirrorV", "stagger", "wrapU", "wrapV", "repeatUV"),
    *("offset", "rotateUV", "noiseUV", "vertexUvOne", "vertexUvTwo", "vertexUvThree", "vertexCameraOne"),
)


def group_of(index: int) -> str:
    """Return the symbol of the shading group of material `index`."""
    return f"@m{index:03d}SG"


def add_materials(out: CommandList, files: SceneFiles, facts: HostFacts) -> None:
    """Add every material of a scene; material k is `@m00k` with the shading group `group_of(k)`."""
    for k, material in enumerate(files.materials):
        _add(out, f"m{k:03d}", material, facts)


def add_shader(out: CommandList, name: str, facts: HostFacts) -> str:
    """Add a standard surface and its shading group `@nameSG`; return the shader's symbol."""
    kind = "aiStandardSurface" if facts.plan == ARNOLD else "standardSurface"
    out.call("shadingNode", kind, asShader=True, name=f"@{name}", skipSelect=True)
    out.call("sets", renderable=True, noSurfaceShader=True, empty=True, name=f"@{name}SG")
    out.connect(f"@{name}.outColor", f"@{name}SG.surfaceShader")
    return f"@{name}"


def add_file(
    out: CommandList, name: str, path: str, space: str, repeat: tuple[float, float] = (1.0, 1.0), *, grey: bool = False
) -> str:
    """Add a `file` node with its placement and return its symbol.

    Args:
        space: the host's name of the colour space that the file is in.
        grey: `outAlpha` is to be its value.
    """
    node, place = f"@{name}", f"@{name}Place"
    out.call("shadingNode", "file", asTexture=True, isColorManaged=True, name=node, skipSelect=True)
    out.call("shadingNode", "place2dTexture", asUtility=True, name=place, skipSelect=True)
    out.connect(f"{place}.outUV", f"{node}.uvCoord")
    out.connect(f"{place}.outUvFilterSize", f"{node}.uvFilterSize")
    for plug in _PLACED:
        out.connect(f"{place}.{plug}", f"{node}.{plug}")
    out.set(f"{place}.repeatUV", *repeat)
    # In this order: naming the file applies the rules of the colour preferences, unless they are ignored by then.
    out.set(f"{node}.ignoreColorSpaceFileRules", True)
    out.set(f"{node}.colorSpace", space)
    out.set(f"{node}.fileTextureName", path)
    if grey:
        out.set(f"{node}.alphaIsLuminance", True)
    return node


def add_aov_values(out: CommandList, shader: str, albedo: Vec3 | None, roughness: float, metalness: float) -> None:
    """Make an `aiStandardSurface` write the AOVs of this project, with constants for what no texture is wired to."""
    for k, name in enumerate((ALBEDO, DATA, COVER), 1):
        out.set(f"{shader}.aovId{k}", name)
    if albedo is not None:
        out.set(f"{shader}.id1", *albedo)
    out.set(f"{shader}.id2", roughness, metalness, 0.0)
    number = f"{shader}Number"
    out.call("shadingNode", "aiUserDataFloat", asUtility=True, name=number, skipSelect=True)
    out.set(f"{number}.attribute", ID_ATTRIBUTE)
    out.connect(f"{number}.outValue", f"{shader}.id2B")
    out.set(f"{shader}.id3", 1.0, 1.0, 1.0)


def _add(out: CommandList, name: str, material: MaterialFiles, facts: HostFacts) -> None:
    shader = add_shader(out, name, facts)
    arnold = facts.plan == ARNOLD
    out.set(f"{shader}.base", 1.0)  # the files hold base x base_color
    out.set(f"{shader}.diffuseRoughness", 0.0)
    out.set(f"{shader}.specular", material.specular)
    out.set(f"{shader}.specularColor", 1.0, 1.0, 1.0)
    out.set(f"{shader}.specularIOR", SPECULAR_IOR)
    color, rough, metal = material.base_color, material.roughness, material.metalness
    if not isinstance(color, str):
        color = facts.color(color)
    if arnold:
        constants = [0.0 if isinstance(value, str) else value for value in (rough, metal)]
        add_aov_values(out, shader, None if isinstance(color, str) else color, *constants)
    if isinstance(color, str):
        node = add_file(out, f"{name}Color", color, facts.linear, material.repeat)
        out.connect(f"{node}.outColor", f"{shader}.baseColor")
        if arnold:
            out.connect(f"{node}.outColor", f"{shader}.id1")
    else:
        out.set(f"{shader}.baseColor", *color)
    for plug, part, value in (("specularRoughness", "id2R", rough), ("metalness", "id2G", metal)):
        if isinstance(value, str):
            node = add_file(out, f"{name}{plug[0].upper()}{plug[1:]}", value, facts.raw, material.repeat, grey=True)
            out.connect(f"{node}.outAlpha", f"{shader}.{plug}")
            if arnold:
                out.connect(f"{node}.outAlpha", f"{shader}.{part}")
        else:
            out.set(f"{shader}.{plug}", value)
    if material.normal:
        _add_relief(out, name, shader, material, facts)


def _add_relief(out: CommandList, name: str, shader: str, material: MaterialFiles, facts: HostFacts) -> None:
    node = add_file(out, f"{name}Normal", material.normal, facts.raw, material.repeat)
    bump = f"@{name}Bump"
    if facts.plan == ARNOLD:
        out.call("shadingNode", "aiNormalMap", asUtility=True, name=bump, skipSelect=True)
        out.set(f"{bump}.tangentSpace", True)
        out.set(f"{bump}.colorToSigned", True)
        out.connect(f"{node}.outColor", f"{bump}.input")
        out.connect(f"{bump}.outValue", f"{shader}.normalCamera")
    else:
        out.call("shadingNode", "bump2d", asUtility=True, name=bump, skipSelect=True)
        out.set(f"{bump}.bumpInterp", 1)  # tangent-space normals, which Maya reads from the colour of the same file
        out.connect(f"{node}.outAlpha", f"{bump}.bumpValue")
        out.connect(f"{bump}.outNormal", f"{shader}.normalCamera")
