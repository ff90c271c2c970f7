"""The TorchScript form of PlateRelight against core.relight: every kind of light, mode and result, any size, tiles."""

from __future__ import annotations

import io
import json
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.cli.main import entry
from core.errors import BadConfig, WorkFailed
from core.export import relight_script
from core.export.relight_module import CHANNELS, DEFAULTS
from core.export.relight_numbers import RESULTS, packed_frame, relight_numbers
from core.export.relight_script import NUKE_CHANNELS, WEIGHTS, export_relight, relight_script_bytes
from core.relight.brdf import environment_reflectance
from core.relight.compose import MODES, Mode, relight
from core.relight.lights import AmbientLight, EnvironmentLight, Light, PointLight, RimLight
from nuke_plugin.cattery.script_card import read_script_card
from tests.nuke_plugin.blink.scenes import (
    DEPTH_NUMBERS,
    DEPTH_SIZE,
    KINDS,
    FloatArray,
    Scene,
    depth_scene,
    mirror_scene,
    random_light,
    random_scene,
    references,
)

torch.set_num_threads(1)
CLOSE = 1e-4
SHIPPED = Path(__file__).parents[3] / "nuke_plugin" / "cattery" / "relight"


@pytest.fixture(scope="module")
def script() -> bytes:
    return relight_script_bytes()


@pytest.fixture
def module(script: bytes) -> Any:
    return loaded(script)


def loaded(data: bytes) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return torch.jit.load(io.BytesIO(data))  # type: ignore[no-untyped-call]


def set_all(module: Any, numbers: dict[str, tuple[float, ...]]) -> None:
    """Set attributes as Nuke does: by name, after loading; those that are not named get their defaults."""
    wanted = dict(DEFAULTS)
    for name, values in numbers.items():
        for index, value in enumerate(values):
            attribute = name if len(values) == 1 else f"{name}_{index}"
            if attribute in DEFAULTS:
                wanted[attribute] = float(value)
            else:
                assert attribute in ("from_maps_3", *(f"light{n}_up_3" for n in range(1, 9))) or "former" in attribute
    for attribute, value in wanted.items():
        setattr(module, attribute, value)


def run(module: Any, frame: FloatArray, dtype: torch.dtype = torch.float32) -> FloatArray:
    with torch.no_grad():
        answer = module(torch.from_numpy(np.ascontiguousarray(frame)).to(dtype))
    assert answer.dtype == dtype
    assert answer.is_contiguous()
    assert tuple(answer.shape) == (1, 4, *frame.shape[2:])
    return np.asarray(answer[0].float().numpy().transpose(1, 2, 0), dtype=np.float32)


def both(
    module: Any, scene: Scene, lights: list[Light], mode: Mode, occlude_all: bool = False
) -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
    expected = relight(
        scene.plate, scene.surface, lights, mode=mode, alpha=scene.alpha, former=scene.former, occlude_all=occlude_all
    )
    frame = packed_frame(scene.plate, scene.surface, scene.alpha)
    made = {}
    for result in RESULTS:
        numbers = relight_numbers(scene.surface, lights, mode, scene.former, occlude_all=occlude_all, result=result)
        set_all(module, numbers)
        made[result] = run(module, frame)
        np.testing.assert_array_equal(made[result][..., 3:], scene.alpha)
    return made, references(expected)


def apart(made: FloatArray, reference: FloatArray) -> float:
    return float((np.abs(made[..., :3] - reference) / np.maximum(1.0, np.abs(reference))).max())


def any_light(dice: np.random.Generator, kind: type) -> Light:
    """As the kernel's, but a rim has its highlight, which is read from the same table here."""
    light = random_light(dice, kind)
    return replace(light, specular=bool(dice.uniform() > 0.2)) if isinstance(light, RimLight) else light


@settings(max_examples=30, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 2**32 - 1),
    height=st.integers(1, 19),
    width=st.integers(1, 19),
    mode=st.sampled_from(MODES),
    kinds=st.lists(st.sampled_from(KINDS), min_size=0, max_size=8),
    occlude_all=st.booleans(),
)
def test_every_result_is_the_references(
    script: bytes, seed: int, height: int, width: int, mode: Mode, kinds: list[type], occlude_all: bool
) -> None:
    dice = np.random.default_rng(seed)
    scene = random_scene(dice, height, width)
    lights = [any_light(dice, kind) for kind in kinds]
    made, expected = both(ONE.get(script), scene, lights, mode, occlude_all)
    assert max(apart(made[name], expected[name]) for name in RESULTS) < CLOSE


class _One:
    """One loaded module for all examples: loading is most of the time of a small one."""

    def __init__(self) -> None:
        self.module: Any = None

    def get(self, data: bytes) -> Any:
        self.module = self.module or loaded(data)
        return self.module


ONE = _One()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_each_kind_of_light_alone_does_something_and_is_the_references(module: Any, kind: type) -> None:
    dice = np.random.default_rng(11)
    for mode in MODES:
        scene = random_scene(dice, 21, 13)
        light = replace(random_light(dice, kind), enabled=True, intensity=1.5)
        if not isinstance(light, AmbientLight):
            light = replace(light, diffuse=True, specular=True)
        made, expected = both(module, scene, [light], mode)
        assert max(apart(made[name], expected[name]) for name in RESULTS) < CLOSE
        assert made["light"][..., :3].max() > 1e-3
        if not isinstance(light, AmbientLight):
            assert made["specular"][..., :3].max() > 1e-4


@pytest.mark.parametrize("kind", KINDS[1:5], ids=lambda kind: kind.__name__)
def test_the_middle_of_a_mirrors_highlight_is_the_references(module: Any, kind: type) -> None:
    for seed in range(8):
        dice = np.random.default_rng(seed)
        light = replace(random_light(dice, kind), enabled=True, specular=True)
        made, expected = both(module, mirror_scene(dice, light, 15, 15, 0.0), [light], "add")
        assert max(apart(made[name], expected[name]) for name in RESULTS) < CLOSE


def test_every_one_of_the_eight_lights_counts(module: Any) -> None:
    scene = random_scene(np.random.default_rng(3), 7, 9)
    light = PointLight(position=(0.3, 1.0, 0.5), intensity=3.0)
    off = PointLight(enabled=False)
    frame = packed_frame(scene.plate, scene.surface, scene.alpha)
    answers = []
    for place in range(8):
        lights = [off] * place + [light]
        set_all(module, relight_numbers(scene.surface, lights, "add", result="light"))
        answers.append(run(module, frame))
    assert answers[0].max() > 0.05
    for answer in answers[1:]:
        np.testing.assert_array_equal(answer, answers[0])


@pytest.mark.parametrize("where", [0, 1, 2])
def test_tiles_give_the_whole_picture(module: Any, where: int) -> None:
    dice = np.random.default_rng(5)
    scene = random_scene(dice, 23, 37)
    frame = packed_frame(scene.plate, scene.surface, scene.alpha)
    numbers = relight_numbers(scene.surface, [any_light(dice, kind) for kind in KINDS], "add")
    numbers |= {"where": (float(where),), "frame": (37.0, 23.0, 1.0, 1.2), "unit": (0.5,)}
    set_all(module, numbers)
    whole = run(module, frame)
    for top, left in ((0, 0), (0, 20), (11, 0), (11, 20)):
        bottom, right = min(top + 11 + (top > 0), 23), min(left + 20, 37)
        set_all(module, {**numbers, "origin_x": (float(left),), "origin_y": (23.0 - bottom,)})
        tile = run(module, frame[:, :, top:bottom, left:right])
        np.testing.assert_allclose(tile, whole[top:bottom, left:right], rtol=2e-6, atol=2e-6)


def test_bands_leave_no_seam(module: Any) -> None:
    """The module goes through a frame in bands of 32768 pixels: more than one here, and a rest."""
    width, height = 9000, 7
    scene = random_scene(np.random.default_rng(6), 1, 50)
    light = PointLight(position=(0.2, 0.5, -1.0))
    frame = np.repeat(np.tile(packed_frame(scene.plate, scene.surface, scene.alpha), 180), height, axis=2)
    set_all(module, relight_numbers(scene.surface, [light], "add"))
    answer = run(module, frame)
    assert answer.shape == (height, width, 4)
    for row in answer[1:]:
        np.testing.assert_allclose(row, answer[0], rtol=2e-6, atol=2e-6)


@pytest.mark.parametrize("where", [0, 2, 3, 4])
@pytest.mark.parametrize("aspect", [1.0, 2.0])
def test_positions_come_from_depth_as_the_reference_has_them(module: Any, where: int, aspect: float) -> None:
    scene, depth, light, expected = depth_scene(where, aspect)
    surface = replace(scene.surface, position=np.repeat(depth, 3, axis=-1))
    numbers = relight_numbers(surface, [light]) | {name: (value,) for name, value in DEPTH_NUMBERS.items()}
    numbers |= {"where": (float(where),), "frame": (*DEPTH_SIZE, aspect, 30.0 / 24.0)}
    set_all(module, numbers)
    assert apart(run(module, packed_frame(scene.plate, surface, scene.alpha)), expected) < CLOSE


def test_numbers_stand_in_where_there_is_no_map(module: Any) -> None:
    dice = np.random.default_rng(9)
    scene = random_scene(dice, 9, 8)
    surface = replace(scene.surface, roughness=0.3, metalness=0.4, occlusion=1.0, albedo=np.full(3, 0.6, np.float32))
    lights = [any_light(dice, kind) for kind in KINDS]
    for mode in MODES:
        expected = relight(scene.plate, surface, lights, mode=mode, alpha=scene.alpha, former=scene.former)
        numbers = relight_numbers(surface, lights, mode, scene.former)
        numbers |= {"from_maps": (0.0, 0.0, 0.0), "albedo": (0.6, 0.6, 0.6, 0.0), "roughness": (0.3,)}
        set_all(module, {**numbers, "metalness": (0.4,)})
        frame = packed_frame(scene.plate, scene.surface, scene.alpha)
        frame[:, 10:16] = np.nan  # nobody reads them
        assert apart(run(module, frame), expected.beauty) < CLOSE


def test_share_and_amount_share_out_the_effect_and_unpremultiplying_can_be_left(module: Any) -> None:
    dice = np.random.default_rng(2)
    scene = random_scene(dice, 9, 11)
    scene = replace(scene, plate=np.nan_to_num(scene.plate))
    frame = packed_frame(scene.plate, scene.surface, scene.alpha)
    numbers = relight_numbers(scene.surface, [PointLight(position=(0.0, 1.0, 0.0), intensity=4.0)])
    set_all(module, numbers)
    whole = run(module, frame)[..., :3]
    drawn = dice.uniform(0.0, 1.0, (9, 11, 1)).astype(np.float32)
    shared = frame.copy()
    shared[0, 16] = drawn[..., 0]
    set_all(module, {**numbers, "amount": (0.5,)})
    made = run(module, shared)[..., :3]
    np.testing.assert_allclose(made, scene.plate + (whole - scene.plate) * drawn * 0.5, rtol=1e-5, atol=1e-5)
    set_all(module, {**numbers, "unpremult": (0.0,)})
    solid = frame.copy()
    solid[0, 3] = 1.0
    np.testing.assert_array_equal(run(module, frame)[..., :3], run(module, solid)[..., :3])


def test_half_in_is_half_out_and_only_the_rounding_of_both_differs(module: Any) -> None:
    dice = np.random.default_rng(4)
    scene = random_scene(dice, 13, 15, least_roughness=0.4)
    frame = packed_frame(scene.plate, scene.surface, scene.alpha).astype(np.float16)
    set_all(module, relight_numbers(scene.surface, [any_light(dice, kind) for kind in KINDS], "add"))
    exact = run(module, frame.astype(np.float32))
    rounded = run(module, frame.astype(np.float32), torch.float16)
    np.testing.assert_array_equal(rounded, exact.astype(np.float16).astype(np.float32))
    moved = module.half()
    np.testing.assert_array_equal(run(moved, frame.astype(np.float32), torch.float16), rounded)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no graphics card here")
def test_a_graphics_card_gives_the_same(module: Any) -> None:
    dice = np.random.default_rng(4)
    scene = random_scene(dice, 33, 45)
    for mode in MODES:
        lights = [any_light(dice, kind) for kind in KINDS]
        set_all(module, relight_numbers(scene.surface, lights, mode, scene.former))
        frame = torch.from_numpy(packed_frame(scene.plate, scene.surface, scene.alpha))
        with torch.no_grad():
            made = module.to("cuda")(frame.cuda())
        assert made.is_cuda
        expected = relight(scene.plate, scene.surface, lights, mode=mode, alpha=scene.alpha, former=scene.former)
        assert apart(made[0].cpu().numpy().transpose(1, 2, 0), expected.beauty) < CLOSE


def test_the_rims_highlight_is_the_references(module: Any) -> None:
    """The kernel has a polynomial there and is 0.02 off; the module reads the table."""
    rough, cosine = (
        grid.astype(np.float32) for grid in np.meshgrid(np.linspace(0, 1, 41), np.linspace(0.02, 0.995, 61))
    )
    normals = np.stack([np.sqrt(1.0 - cosine * cosine), np.zeros_like(cosine), cosine], axis=-1)
    scene = random_scene(np.random.default_rng(0), 61, 41)
    surface = replace(scene.surface, normals=normals, position=np.zeros_like(normals), roughness=rough[..., None])
    surface = replace(surface, metalness=np.zeros_like(surface.metalness), occlusion=1.0, specular=1.0)
    light = RimLight(angle=0.0, power=0.5)
    made, _ = both(module, replace(scene, surface=surface, alpha=np.ones_like(scene.alpha)), [light], "replace")
    share = environment_reflectance(np.full((1,), 0.08, np.float32), rough[..., None], cosine[..., None])
    strength = np.sqrt(1.0 - cosine)[..., None]
    np.testing.assert_allclose(made["specular"][..., :3], np.repeat(strength * share, 3, axis=-1), atol=2e-5)


def test_what_the_node_has_not_is_refused() -> None:
    surface = random_scene(np.random.default_rng(0), 2, 2).surface
    with pytest.raises(BadConfig, match="EnvironmentLight"):
        relight_numbers(surface, [EnvironmentLight(name="sky")])
    with pytest.raises(BadConfig, match="9 lights"):
        relight_numbers(surface, [PointLight()] * 9)


def test_the_command_writes_what_nuke_is_given(tmp_path: Path, script: bytes) -> None:
    assert entry(["export", "relight", "--torchscript", "--out", str(tmp_path)]) == 0
    assert (tmp_path / WEIGHTS).read_bytes() == script
    model = read_script_card(str(tmp_path))
    assert {one.name: one.default for one in model.attributes} == dict(DEFAULTS)
    assert model.card["nuke_channels_in"] == list(NUKE_CHANNELS)
    assert len(NUKE_CHANNELS) == len(set(NUKE_CHANNELS)) == len(CHANNELS)
    assert set(model.card["parity"]["largest_difference"]) >= {"directional", "point", "spot", "area", "rim", "ambient"}
    assert str(Path(__file__).parents[3]).encode() not in script


def test_the_shipped_file_is_that_of_this_code(script: bytes) -> None:
    card = json.loads((SHIPPED / "torchscript.json").read_text("utf-8"))
    read_script_card(str(SHIPPED))
    if card["written_by"] != f"torch {torch.__version__}":
        pytest.skip(f"written by {card['written_by']}; this is torch {torch.__version__}, which may write other bytes")
    assert (SHIPPED / WEIGHTS).read_bytes() == script, "platelight export relight --torchscript --out nuke_plugin/..."


def test_a_module_that_says_something_else_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relight_script, "LIMIT", 1e-9)
    with pytest.raises(WorkFailed, match=r"differs from core\.relight"):
        export_relight(tmp_path)
    monkeypatch.setattr(relight_script, "_MORE_OPERATORS", frozenset())
    with pytest.raises(WorkFailed, match="atan2"):
        export_relight(tmp_path)
    assert list(tmp_path.iterdir()) == []
