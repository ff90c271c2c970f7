"""The renderer's variants: the fastest that works is chosen, and the slow one gives the same data passes."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from core.errors import BadConfig, MissingPart
from scene_generator.renderers import variant as variant_module
from scene_generator.renderers.contract import RenderSettings
from scene_generator.renderers.mitsuba import MitsubaRenderer
from scene_generator.renderers.variant import choose_variant
from tests.scene_generator.renderers import scenes


def _probe(monkeypatch: pytest.MonkeyPatch, **problems: str | None) -> None:
    monkeypatch.setattr(variant_module, "probe_variant", lambda name: problems[name])


def test_the_fast_variant_is_chosen_in_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    _probe(monkeypatch, llvm_ad_rgb=None, scalar_rgb=None)
    assert choose_variant() == ("llvm_ad_rgb", "")


def test_without_llvm_the_slow_one_is_chosen_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    _probe(monkeypatch, llvm_ad_rgb="no LLVM library", scalar_rgb=None)
    name, note = choose_variant()
    assert name == "scalar_rgb"
    assert "slower" in note
    assert "no LLVM library" in note
    assert "--install" in note


def test_with_none_that_works_the_reasons_are_given(monkeypatch: pytest.MonkeyPatch) -> None:
    _probe(monkeypatch, llvm_ad_rgb="no LLVM library", scalar_rgb="Mitsuba is not installed")
    with pytest.raises(MissingPart, match="Mitsuba is not installed"):
        choose_variant()
    with pytest.raises(MissingPart, match="no LLVM library"):
        choose_variant("llvm_ad_rgb")


def test_an_unknown_variant_is_refused() -> None:
    with pytest.raises(BadConfig, match="quantum"):
        choose_variant("quantum")


def test_the_scalar_variants_noise_does_not_depend_on_the_number_of_threads() -> None:
    # In a process of its own, as below: the number holds for the whole process, too.
    code = """
import drjit
import numpy as np
from scene_generator.renderers import RenderSettings
from scene_generator.renderers.mitsuba import MitsubaRenderer
from tests.scene_generator.renderers import scenes
found = []
for threads in (2, 1):
    renderer = MitsubaRenderer("scalar_rgb", 32)
    drjit.set_thread_count(threads)
    settings = RenderSettings(24, 16, samples=2, bounces=2, denoise=False, passes=("beauty", "normal"))
    found.append(renderer.render(scenes.sphere(), settings).passes["beauty"])
assert np.array_equal(*found), np.abs(found[0] - found[1]).max()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]


def test_the_scalar_variant_gives_the_same_data_passes(renderer: MitsubaRenderer) -> None:
    # In a process of its own: Mitsuba has one variant a process.
    code = """
import sys
import numpy as np
from scene_generator.renderers import RenderSettings
from scene_generator.renderers.contract import RenderSettings
from scene_generator.renderers.mitsuba import MitsubaRenderer
from tests.scene_generator.renderers import scenes
from scene_generator.families.layout import at
spec = scenes.spec(
    scenes.thing("ellipsoid", (0.7, 0.7, 0.7), at(-0.6, 0, 0), scenes.plain(depth=0.02)),
    scenes.thing("box", (0.8, 0.8, 0.8), at(0.7, 0, 0, 0.5)),
)
settings = RenderSettings(24, 24, samples=1, denoise=False, occlusion_samples=4)
frame = MitsubaRenderer("scalar_rgb", 32).render(spec, settings)
np.savez(sys.argv[1], **frame.passes)
"""
    import tempfile
    from pathlib import Path

    from scene_generator.families.layout import at
    from scene_generator.renderers import RenderSettings

    spec = scenes.spec(
        scenes.thing("ellipsoid", (0.7, 0.7, 0.7), at(-0.6, 0, 0), scenes.plain(depth=0.02)),
        scenes.thing("box", (0.8, 0.8, 0.8), at(0.7, 0, 0, 0.5)),
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "passes.npz"
        root = Path(__file__).parents[3]
        done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, cwd=root)
        assert done.returncode == 0, done.stderr
        with np.load(path) as stored:
            scalar = dict(stored)
    settings = RenderSettings(24, 24, samples=1, denoise=False, occlusion_samples=4)
    fast = MitsubaRenderer(renderer.variant, 32).render(spec, settings).passes
    assert set(np.unique(scalar["id"])) == {0.0, 1.0, 2.0}
    same = scalar["id"] == fast["id"]
    assert same.mean() > 0.99, "rays that hit an edge may fall on either side"
    for name in ("normal", "normal_unbumped", "albedo", "roughness", "metalness", "depth", "position"):
        np.testing.assert_allclose(scalar[name][same[..., 0]], fast[name][same[..., 0]], atol=0.02, err_msg=name)
    assert np.isfinite(scalar["beauty"]).all()
    assert scalar["beauty"][..., :3].mean() > 0.01


def test_two_renderers_of_different_variants_take_turns(renderer: MitsubaRenderer) -> None:
    """Mitsuba's variant is one for the process; making a second renderer must not break the first."""
    settings = RenderSettings(16, 16, 1)
    before = renderer.render(scenes.sphere(), settings).passes["normal"]
    other = MitsubaRenderer("scalar_rgb", 32)
    again = renderer.render(scenes.sphere(), settings).passes["normal"]
    np.testing.assert_array_equal(again, before)
    assert other.render(scenes.sphere(), settings).passes["normal"].shape == before.shape
