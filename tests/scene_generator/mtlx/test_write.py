"""MaterialX documents: valid by MaterialX's own check, and they hold what the spec has."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import BadConfig, FileMissing, WorkFailed
from core.image import read_image
from scene_generator.materials import ROLES, material
from scene_generator.spec import Material, SpecError
from scene_generator.textures.maps import material_maps
from tests.scene_generator.mtlx.scenes import plain, rusty, scene

mx = pytest.importorskip("MaterialX")

from scene_generator.mtlx import StandardSurface, Texture, material_to_mtlx, scene_to_mtlx, surface_to_mtlx  # noqa: E402
from scene_generator.mtlx.bake import bake  # noqa: E402
from scene_generator.mtlx.validate import check, new_document, read_document  # noqa: E402
from scene_generator.mtlx.write import add_surface, assign, save  # noqa: E402

SIZE = 16


def _shader(document: Any, name: str) -> Any:
    return document.getNode(name).getConnectedNode("surfaceshader")


def _number(shader: Any, parameter: str) -> float:
    return float(shader.getInput(parameter).getValue())


def test_thirty_random_scenes_validate(tmp_path: Path) -> None:
    for seed in range(30):
        rng = np.random.default_rng(seed)
        roles = [sorted(ROLES)[int(k)] for k in rng.integers(0, len(ROLES), 4)]
        drawn = scene({f"{role}_{k:03d}": material(rng, role) for k, role in enumerate(roles)})
        made = scene_to_mtlx(drawn, tmp_path / str(seed), SIZE)
        document = read_document(made.path)
        assert len(document.getMaterialNodes()) == len({thing.material for thing in drawn.objects})
        assigned = [geom for a in document.getLook("scene").getMaterialAssigns() for geom in a.getGeom().split(", ")]
        assert sorted(assigned) == sorted(f"/{thing.name}" for thing in drawn.objects)


def test_sampled_scenes_of_the_shipped_recipe_validate(tmp_path: Path) -> None:
    from scene_generator.recipe import load_recipe
    from scene_generator.sample import sample_scene

    for index in range(4):
        drawn = sample_scene(load_recipe("plate_normals"), 11, index)
        document = read_document(scene_to_mtlx(drawn, tmp_path / str(index), SIZE).path)
        assert document.getMaterialNodes()


def test_shaders_can_be_generated_from_a_document(tmp_path: Path) -> None:
    # Stricter than the validator: every node needs an implementation, and every connection has to be of use.
    from MaterialX import PyMaterialXGenGlsl, PyMaterialXGenShader

    path = scene_to_mtlx(scene({"rust_000": rusty(), "wall_001": plain()}), tmp_path, SIZE).path
    document = mx.createDocument()
    mx.readFromXmlFile(document, str(path))
    mx.loadLibraries(mx.getDefaultDataLibraryFolders(), mx.getDefaultDataSearchPath(), document)
    generator = PyMaterialXGenGlsl.GlslShaderGenerator.create()
    context = PyMaterialXGenShader.GenContext(generator)
    context.registerSourceCodeSearchPath(mx.getDefaultDataSearchPath())
    code = generator.generate("rust", document.getNode("rust"), context).getSourceCode("pixel")
    for parameter in ("base_color", "metalness", "specular_roughness", "normal_image"):
        assert f"rust_{parameter}" in code


def test_values_and_connections_round_trip(tmp_path: Path) -> None:
    made = scene_to_mtlx(scene({"rust_000": rusty(), "wall_001": plain(), "wall_002": plain()}), tmp_path, SIZE)
    assert made.materials == {"rust": ("rust_000",), "wall": ("wall_001", "wall_002")}
    document = read_document(made.path)

    flat = _shader(document, "wall")
    assert flat.getCategory() == "standard_surface"
    values = [_number(flat, name) for name in ("base", "metalness", "specular", "specular_roughness", "specular_IOR")]
    assert values == pytest.approx([0.5, 0.25, 0.3, 0.4, 1.5], abs=1e-5)
    assert list(flat.getInput("base_color").getValue().asTuple()) == pytest.approx([0.2, 0.4, 0.6], abs=1e-5)
    assert flat.getInput("normal") is None

    rough = _shader(document, "rust")
    assert _number(rough, "base") == pytest.approx(0.8)
    assert _number(rough, "specular") == pytest.approx(0.7)
    for parameter, kind in (("base_color", "color3"), ("metalness", "float"), ("specular_roughness", "float")):
        image = rough.getConnectedNode(parameter)
        assert (image.getCategory(), image.getType()) == ("tiledimage", kind)
        assert image.getInput("uvtiling").getValue().asTuple() == pytest.approx((2.0, 0.5))
    relief = rough.getConnectedNode("normal")
    assert relief.getCategory() == "normalmap"
    assert relief.getConnectedNode("in").getInput("file").getColorSpace() == "raw"
    assert rough.getConnectedNode("base_color").getInput("file").getColorSpace() == "lin_rec709"


def test_a_second_scene_leaves_no_images_of_the_first(tmp_path: Path) -> None:
    scene_to_mtlx(scene({"rust_000": rusty()}), tmp_path, SIZE)
    mine = tmp_path / "textures" / "mine.exr"
    mine.write_bytes(b"of somebody else")
    assert any(path.name.startswith("rust_") for path in mine.parent.iterdir())
    scene_to_mtlx(scene({"gate_000": rusty(), "wall_001": plain()}), tmp_path, SIZE)
    left = {path.name.split("_")[0] for path in mine.parent.iterdir()}
    assert left == {"gate", "mine.exr"}
    scene_to_mtlx(scene({"gate_000": rusty()}), tmp_path, SIZE)
    assert read_document(tmp_path / "materials.mtlx").getMaterialNodes()


def test_images_hold_the_maps(tmp_path: Path) -> None:
    wanted = material_maps(rusty(), 32)
    document = read_document(material_to_mtlx(rusty(), "rust", tmp_path, 32))
    shader = _shader(document, "rust")

    def stored(node: Any) -> np.ndarray:
        # Files start at the top, maps at v = 0.
        return read_image(tmp_path / node.getInput("file").getValueString()).pixels[::-1]

    color = stored(shader.getConnectedNode("base_color"))[..., :3] * 0.8
    np.testing.assert_allclose(color, wanted.base_color, rtol=2**-10, atol=1e-6)
    steps = 1 / 65535
    np.testing.assert_allclose(stored(shader.getConnectedNode("metalness"))[..., 0], wanted.metalness, atol=steps)
    rough = stored(shader.getConnectedNode("specular_roughness"))[..., 0]
    np.testing.assert_allclose(rough, wanted.roughness, atol=steps)
    normal = stored(shader.getConnectedNode("normal").getConnectedNode("in"))[..., :3] * 2 - 1
    np.testing.assert_allclose(normal, wanted.normal, atol=2 * steps)
    assert np.ptp(wanted.normal[..., 0]) > 0.1  # the relief is not lost in the tolerance


def test_a_broken_document_is_refused_and_not_written(tmp_path: Path) -> None:
    path = tmp_path / "broken.mtlx"

    def wrong_type(document: Any) -> None:
        shader = _shader(document, "thing")
        shader.removeInput("specular")
        shader.addInput("specular", "color3").setValue(mx.Color3(1, 1, 1))

    def unknown_input(document: Any) -> None:
        _shader(document, "thing").addInput("shininess", "float").setValue(0.5)

    def lost_connection(document: Any) -> None:
        _shader(document, "thing").getInput("base").setNodeName("nowhere")

    def lost_material(document: Any) -> None:
        assign(document, {"nothing": ["ball"]})

    def unknown_node(document: Any) -> None:
        document.addNode("glossy_thing", "odd", "surfaceshader")

    for harm in (wrong_type, unknown_input, lost_connection, lost_material, unknown_node):
        document = new_document()
        add_surface(document, "thing", StandardSurface())
        check(document, "whole")
        harm(document)
        with pytest.raises(WorkFailed, match=r"not a valid|does not exist"):
            save(document, path)
        assert not path.exists(), harm.__name__


def test_a_missing_image_is_refused(tmp_path: Path) -> None:
    surface = StandardSurface(base_color=Texture("textures/none.png", "srgb_texture"))
    with pytest.raises(FileMissing, match=r"none\.png"):
        surface_to_mtlx(surface, "thing", tmp_path / "thing.mtlx")
    assert not (tmp_path / "thing.mtlx").exists()
    made = material_to_mtlx(rusty(), "rust", tmp_path, SIZE)
    (tmp_path / "textures" / "rust_metalness.png").unlink()
    with pytest.raises(FileMissing, match="rust_metalness"):
        read_document(made)


def test_plain_parameters_make_a_document(tmp_path: Path) -> None:
    surface = StandardSurface(0.9, (0.1, 0.2, 0.3), 0.5, 0.6, (0.7, 0.8, 0.9), 0.35, 1.4)
    document = read_document(surface_to_mtlx(surface, "from picture!", tmp_path / "a.mtlx"))
    shader = _shader(document, "from_picture_")
    values = [_number(shader, n) for n in ("base", "metalness", "specular", "specular_roughness", "specular_IOR")]
    assert values == pytest.approx([0.9, 0.5, 0.6, 0.35, 1.4], abs=1e-5)
    assert shader.getInput("specular_color").getValue().asTuple() == pytest.approx((0.7, 0.8, 0.9), abs=1e-5)
    assert shader.getInput("base_color").getValue().asTuple() == pytest.approx((0.1, 0.2, 0.3), abs=1e-5)


@pytest.mark.parametrize(
    "change",
    [
        {"base": 1.5},
        {"metalness": float("nan")},
        {"specular_color": (0.5, -0.1, 0.5)},
        {"specular_IOR": 0.5},
        {"repeat": (0.0, 1.0)},
        {"base_color": Texture("a.png", "raw")},
        {"metalness": Texture("a.png", "srgb_texture")},
        {"normal": Texture("/tmp/a.png", "raw")},
        {"normal": Texture("../a.png", "raw")},
    ],
)
def test_values_out_of_range_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(BadConfig, match=next(iter(change))):
        dataclasses.replace(StandardSurface(), **change).check("thing")


def test_names_stay_apart(tmp_path: Path) -> None:
    other = dataclasses.replace(plain(), specular=0.9)
    third = dataclasses.replace(plain(), specular=0.1)
    made = scene_to_mtlx(scene({"wall_000": plain(), "wall_001": other, "2nd thing_002": third}), tmp_path, SIZE)
    assert len(made.materials) == 3
    assert list(made.materials)[:2] == ["wall", "wall_2"]
    document = read_document(made.path)
    specular = [_number(_shader(document, name), "specular") for name in made.materials]
    assert specular == pytest.approx([0.3, 0.9, 0.1], abs=1e-5)


def test_a_texture_set_needs_its_folder() -> None:
    mine: Material = dataclasses.replace(plain(), texture_set="oak")
    with pytest.raises(SpecError, match="oak"):
        bake(mine, "thing", SIZE)


def test_texture_sizes_out_of_range_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="texture size"):
        scene_to_mtlx(scene({"wall_000": plain()}), tmp_path, 0)


def test_the_command_reads_scenes_three_ways(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import scene_generator.mtlx as package
    from core.cli.materialx import materialx
    from core.shards import ShardSet

    seen = []

    def spy(spec: Any, folder: Path, size: int, textures: Any) -> Any:
        seen.append(spec)
        return scene_to_mtlx(spec, folder, size, textures)

    monkeypatch.setattr(package, "scene_to_mtlx", spy)
    drawn = scene({"wall_000": plain()})
    file = tmp_path / "scene.json"
    file.write_text(drawn.to_json())
    materialx(tmp_path / "a", file, texture_size=SIZE)
    file.write_text(json.dumps({"seed": 0, "spec": drawn.to_dict()}))
    materialx(tmp_path / "b", file, texture_size=SIZE)

    class OneSample:
        keys = ("00000012",)

        def metadata(self, key: str) -> dict[str, Any]:
            assert key == "00000012"
            return {"spec": drawn.to_dict()}

    monkeypatch.setattr(ShardSet, "open", lambda folder: OneSample())
    materialx(tmp_path / "c", tmp_path, key="00000012", texture_size=SIZE)
    assert seen == [drawn, drawn, drawn]
    written = [(tmp_path / name / "materials.mtlx").read_bytes() for name in "abc"]
    assert written[0] == written[1] == written[2]

    with pytest.raises(BadConfig, match="00000013"):
        materialx(tmp_path / "d", tmp_path, key="00000013", texture_size=SIZE)
    with pytest.raises(BadConfig, match="either"):
        materialx(tmp_path / "d", texture_size=SIZE)
    with pytest.raises(BadConfig, match="--textures with --recipe"):
        materialx(tmp_path / "d", recipe="plate_normals", textures=[tmp_path], texture_size=SIZE)
    for place, recipe in ((file, ""), (None, "plate_normals")):
        with pytest.raises(BadConfig, match="--key 00000012 is of a folder of shards"):
            materialx(tmp_path / "d", place, key="00000012", recipe=recipe, texture_size=SIZE)
    with pytest.raises(FileMissing, match="nothing"):
        materialx(tmp_path / "d", tmp_path / "nothing.json", texture_size=SIZE)
    file.write_text("[1]")
    with pytest.raises(BadConfig, match="no scene"):
        materialx(tmp_path / "d", file, texture_size=SIZE)
    assert not (tmp_path / "d").exists()
