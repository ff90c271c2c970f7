"""The Blink kernel against core.relight, pixel by pixel, over random surfaces, lights and sizes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.relight.brdf import environment_reflectance
from core.relight.compose import MODES, Mode
from core.relight.lights import AmbientLight, DirectionalLight, PointLight, RimLight
from tests.nuke_plugin.blink.compiled import CompileError, Kernel
from tests.nuke_plugin.blink.kernel_source import KERNEL, foreign_words, read_kernel
from tests.nuke_plugin.blink.packing import light_parameters
from tests.nuke_plugin.blink.scenes import (
    DEPTH_NUMBERS,
    DEPTH_SIZE,
    KINDS,
    FloatArray,
    both,
    depth_scene,
    largest_difference,
    mirror_scene,
    pictures,
    random_light,
    random_scene,
)

TEXT = KERNEL.read_text(encoding="utf-8")
CLOSE = 1e-4
"""Of the larger of 1 and the reference. The kernel is float32 throughout; core.relight.area uses float64 inside."""


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 2**32 - 1),
    height=st.integers(1, 19),
    width=st.integers(1, 19),
    mode=st.sampled_from(MODES),
    kinds=st.lists(st.sampled_from(KINDS), min_size=0, max_size=8),
    occlude_all=st.booleans(),
)
def test_every_result_is_the_references(
    kernel: Kernel, seed: int, height: int, width: int, mode: Mode, kinds: list[type], occlude_all: bool
) -> None:
    dice = np.random.default_rng(seed)
    scene = random_scene(dice, height, width)
    made, expected = both(kernel, scene, [random_light(dice, kind) for kind in kinds], mode, occlude_all)
    assert largest_difference(made, expected) < CLOSE


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_each_kind_of_light_alone_does_something_and_is_the_references(kernel: Kernel, kind: type) -> None:
    dice = np.random.default_rng(11)
    for mode in MODES:
        scene = random_scene(dice, 21, 13)
        light = replace(random_light(dice, kind), enabled=True, intensity=1.5)
        if not isinstance(light, AmbientLight):
            light = replace(light, diffuse=True)
        made, expected = both(kernel, scene, [light], mode)
        assert largest_difference(made, expected) < CLOSE
        assert made["light"][..., :3].max() > 1e-3


@pytest.mark.parametrize("kind", KINDS[1:5], ids=lambda kind: kind.__name__)
def test_the_middle_of_a_mirrors_highlight_is_the_references(kernel: Kernel, kind: type) -> None:
    """Roughness 0, where float32 has the fewest digits to spare: values up to tens of thousands."""
    brightest = 0.0
    for seed in range(25):
        dice = np.random.default_rng(seed)
        light = replace(random_light(dice, kind), enabled=True, specular=True)
        made, expected = both(kernel, mirror_scene(dice, light, 15, 15, 0.0), [light], "add")
        assert largest_difference(made, expected) < 0.1 * CLOSE
        brightest = max(brightest, float(expected.specular.max()))
    assert brightest > 100.0


@pytest.mark.parametrize("place", range(1, 9))
def test_every_one_of_the_eight_lights_counts(kernel: Kernel, place: int) -> None:
    scene = random_scene(np.random.default_rng(3), 7, 9)
    light = PointLight(position=(0.3, 1.0, 0.5), intensity=3.0)
    read = pictures(scene)
    base = {"mode": 2, "where": 1, "result": 1, "albedo": (1.0, 1.0, 1.0, 0.0)}
    alone = kernel(read, {**base, **light_parameters(1, light)})
    assert alone.max() > 0.05
    np.testing.assert_array_equal(kernel(read, {**base, **light_parameters(place, light)}), alone)


def test_tiles_give_the_whole_picture(kernel: Kernel) -> None:
    dice = np.random.default_rng(5)
    scene = random_scene(dice, 23, 37)
    read = pictures(scene)
    parameters: dict[str, object] = {"where": 2, "from_maps": (1.0, 1.0, 1.0, 1.0), "frame": (37.0, 23.0, 1.0, 1.2)}
    for number, kind in enumerate(KINDS, 1):
        parameters |= light_parameters(number, random_light(dice, kind))
    tiles = [(x, y, min(x + 10, 37), min(y + 7, 23)) for y in range(0, 23, 7) for x in range(0, 37, 10)]
    np.testing.assert_array_equal(kernel(read, parameters, tiles[::-1]), kernel(read, parameters))


@pytest.mark.parametrize("where", [0, 2, 3, 4])
@pytest.mark.parametrize("aspect", [1.0, 2.0])
def test_positions_come_from_depth_as_the_reference_has_them(kernel: Kernel, where: int, aspect: float) -> None:
    scene, depth, light, expected = depth_scene(where, aspect)
    surface = scene.surface
    read = pictures(scene) | {"place": np.repeat(depth[::-1], 4, axis=-1)}
    parameters = {"where": where, "frame": (*DEPTH_SIZE, aspect, 30.0 / 24.0), **DEPTH_NUMBERS}
    parameters |= {**light_parameters(1, light), "specular": surface.specular, "wrap": surface.wrap}
    made = kernel(read, {**parameters, "from_maps": (1.0, 1.0, 1.0, 0.0)})[::-1]
    apart = np.abs(made[..., :3] - expected) / np.maximum(1.0, np.abs(expected))
    assert apart.max() < CLOSE


def test_a_proxy_of_half_size_is_lit_as_the_full_picture_is(kernel: Kernel) -> None:
    """Where a pixel of the proxy lies between four of the full picture, its light lies between theirs."""
    whole, half = (flat(40, 30), flat(20, 15))
    light = PointLight(position=(0.2, 0.1, -1.0), intensity=1.0)
    shared = {"stage": 2.0, "mode": 3, "albedo": (1.0, 1.0, 1.0, 0.0), **light_parameters(1, light)}
    large = kernel(whole, {**shared, "frame": (40.0, 30.0, 1.0, 1.4)})[..., :3]
    small = kernel(half, {**shared, "frame": (20.0, 15.0, 1.0, 1.4)})[..., :3]
    mean = large.reshape(15, 2, 20, 2, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(small, mean, rtol=5e-3)
    assert small.max() > 1.2 * small.min()


def flat(width: int, height: int) -> dict[str, FloatArray]:
    one = np.ones((height, width, 4), dtype=np.float32)
    facing = one * np.array([0.0, 0.0, 1.0, 1.0], dtype=np.float32)
    return {"plate": one * np.float32(0.5), "normals": facing, "place": one * 0, "colours": one, "maps": one}


def test_mask_invert_confidence_and_amount_share_out_the_effect(kernel: Kernel) -> None:
    scene = random_scene(np.random.default_rng(2), 9, 11)
    scene = replace(scene, plate=np.nan_to_num(scene.plate))
    read = pictures(scene)
    dice = np.random.default_rng(1)
    drawn, sure = dice.uniform(0.0, 1.0, (2, 9, 11, 1)).astype(np.float32)
    read["maps"][..., 3:], read["normals"][..., 3:] = drawn, sure
    on = {"where": 1, **light_parameters(1, DirectionalLight(intensity=2.0))}
    whole = kernel(read, on)[..., :3]
    plate = read["plate"][..., :3]
    masked = {**on, "from_maps": (0.0, 0.0, 0.0, 1.0)}
    for parameters, share in (
        ({**on, "amount": 0.25}, 0.25),
        (masked, drawn),
        ({**masked, "invert_mask": 1}, 1.0 - drawn),
        ({**on, "use_confidence": 1}, sure),
        ({**masked, "use_confidence": 1, "amount": 0.5}, 0.5 * drawn * sure),
    ):
        np.testing.assert_allclose(
            kernel(read, parameters)[..., :3], plate + (whole - plate) * share, rtol=1e-5, atol=1e-5
        )


def test_without_unpremultiplying_alpha_changes_nothing(kernel: Kernel) -> None:
    scene = random_scene(np.random.default_rng(4), 8, 8)
    on = {"where": 1, "unpremult": 0, **light_parameters(1, DirectionalLight(intensity=2.0))}
    read = pictures(scene)
    solid = {**read, "plate": np.concatenate([read["plate"][..., :3], np.ones_like(read["plate"][..., 3:])], axis=-1)}
    np.testing.assert_array_equal(kernel(read, on)[..., :3], kernel(solid, on)[..., :3])
    np.testing.assert_array_equal(kernel(read, on)[..., 3], read["plate"][..., 3])


def test_the_rims_highlight_is_within_two_hundredths_of_the_references(kernel: Kernel) -> None:
    """Its share f0 A + B is a polynomial here and a table there: the one place where the two differ on purpose."""
    rough, cosine = (
        grid.astype(np.float32) for grid in np.meshgrid(np.linspace(0, 1, 41), np.linspace(0.02, 0.995, 61))
    )
    sine = np.sqrt(1.0 - cosine * cosine)
    read = flat(41, 61)
    read["normals"] = np.stack([sine, np.zeros_like(sine), cosine, np.ones_like(sine)], axis=-1)
    read["place"] = np.zeros_like(read["place"])
    read["maps"] = np.stack([np.ones_like(sine), rough, np.zeros_like(sine), np.ones_like(sine)], axis=-1)
    light = RimLight(angle=0.0, power=0.5)
    worst = 0.0
    for specular in (0.0, 0.5, 1.0):
        base = {"where": 1, "mode": 3, "albedo": (1.0, 1.0, 1.0, 0.0), "from_maps": (0.0, 1.0, 0.0, 0.0)}
        base |= {"specular": specular, **light_parameters(1, light)}
        strength = kernel(read, {**base, "result": 2})[..., :1]
        made = kernel(read, {**base, "result": 3})[..., :1]
        share = environment_reflectance(np.full((1,), 0.08 * specular, np.float32), rough[..., None], cosine[..., None])
        worst = max(worst, float(np.max(np.abs(made - strength * share) / np.maximum(strength, 1e-3))))
    assert worst < 0.02


def test_the_kernel_holds_nothing_that_blink_lacks() -> None:
    assert foreign_words(TEXT) == []


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("fabs(v) < 1e30f", "isinf(v)", "call isinf"),
        ("2.0f - lack", "2.0 - lack", "double 2.0"),
        ("float lit =", "double lit =", "type double"),
        ("float lit =", "float mix =", "name mix"),
        ("param:", "param:\n  float table[8];", "sign ["),
        ("param:", "#define X 1\nparam:", "sign #"),
    ],
)
def test_the_lexical_check_catches_what_is_not_blinks(old: str, new: str, found: str) -> None:
    assert old in TEXT
    assert found in foreign_words(TEXT.replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("2.0f - lack", "2.0 - lack"),
        ("sqrt(dot(v, v))", "hypot(v.x, v.y)"),
        ("dst() = float4(", "plate() = float4("),
        ("float4 source = plate();", "float4 source = dst();\n    plate().foo;"),
        ("float lit = clamp(cosine", "int lit = clamp(cosine"),
    ],
)
def test_the_compiler_catches_what_is_not_blinks(old: str, new: str, compiler: str, tmp_path: Path) -> None:
    assert old in TEXT
    with pytest.raises(CompileError):
        Kernel(TEXT.replace(old, new, 1), tmp_path, compiler)


def test_every_parameter_is_defined_once_under_its_own_name() -> None:
    source = read_kernel(TEXT)
    assert source.labels == {name: name for name in source.parameters}
    assert len(source.parameters) == 18 + 9 + 48
