"""The preview shows every family, leaves two files, and estimates what the long run takes."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Generator, Sequence
from pathlib import Path

import numpy as np
import pytest

from core.errors import RenderFailed
from core.image import read_image
from scene_generator.pool.render_one import render_one
from scene_generator.recipe import load_recipe
from scene_generator.renderers import Frame, RenderSettings
from scene_generator.sample import sample_scene
from scene_generator.sets import preview as preview_module
from scene_generator.sets.plan import BuildPlan
from scene_generator.sets.preview import SCENES, Estimate, PreviewResult, cheap, choose, estimates, preview
from scene_generator.sets.records import Failure, Record, Sample
from scene_generator.spec import SceneSpec
from tests.scene_generator.fake_renderers import FAKE, script

WHOLE = load_recipe("plate_normals")
RECIPE = dataclasses.replace(WHOLE, families=WHOLE.families[1:4])
SETTINGS = RenderSettings(48, 32, samples=8, denoise=False, passes=("beauty", "normal"))


class FakeRenderer:
    """Fills frames of any size, and counts what it was asked for."""

    name = "fake"
    version = "1"

    def __init__(self, *_: object, refuse: bool = False, **__: object) -> None:
        self.refuse = refuse
        self.asked: list[tuple[int, RenderSettings]] = []

    def render(self, spec: SceneSpec, settings: RenderSettings) -> Frame:
        self.asked.append((spec.index, settings))
        if self.refuse:
            raise RenderFailed("it will not")
        rng = np.random.default_rng(spec.index)
        beauty = rng.uniform(0.2, 1, (settings.height, settings.width, 4)).astype(np.float32)
        normal = np.zeros((settings.height, settings.width, 3), np.float32)
        normal[..., 2] = 1
        return Frame({"beauty": beauty, "normal": normal}, 0.0, 0.0, 0.5, 1.0)


def _use(renderer: FakeRenderer, monkeypatch: pytest.MonkeyPatch) -> FakeRenderer:
    """Let previews render with `renderer` in this process."""

    def run(plan: BuildPlan, indices: Sequence[int]) -> Generator[Sample | Failure, None, None]:
        for index in indices:
            try:
                yield render_one(renderer, plan, index)
            except RenderFailed as error:
                yield Failure(index, plan.seed, plan.recipe.name, "error", str(error))

    monkeypatch.setattr(preview_module, "run", run)
    return renderer


def _plan(**changes: object) -> BuildPlan:
    return dataclasses.replace(BuildPlan(RECIPE, 3, 100, SETTINGS, "fake", workers=1), **changes)  # type: ignore[arg-type]


def _sample(family: str, seconds: float, size: int, index: int = 0) -> Sample:
    # 512 bytes of tar header for each of two members, and the JSON's own block.
    return Sample(index, (Record("k", bytes(size), {"family": family}),), timing={"seconds": seconds})


def test_every_family_is_shown_with_scenes_of_the_long_run() -> None:
    indices = choose(WHOLE, 3, SCENES)
    families = [sample_scene(WHOLE, 3, index).family for index in indices]
    assert set(families) == {share.name for share in WHOLE.families}
    assert len(indices) == len(set(indices)) == max(SCENES, len(WHOLE.families))
    assert choose(WHOLE, 3, SCENES) == indices
    assert choose(WHOLE, 4, SCENES) != indices
    weights = {share.name: share.weight for share in WHOLE.families}
    heaviest, lightest = max(weights, key=weights.__getitem__), min(weights, key=weights.__getitem__)
    assert families.count(heaviest) >= families.count(lightest)


def test_cheap_settings_are_a_quarter_but_not_tiny() -> None:
    big = cheap(_plan(settings=RenderSettings(1024, 512, samples=64, frames=4))).settings
    assert (big.width, big.height, big.samples, big.frames, big.passes) == (256, 128, 4, 1, ("beauty", "normal"))
    wide = cheap(_plan(settings=RenderSettings(512, 256))).settings
    assert (wide.width, wide.height) == (192, 96)
    small = cheap(_plan()).settings
    assert (small.width, small.height, small.samples) == (48, 32, 4)


def test_two_files_are_left_and_tell_what_was_rendered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    renderer = _use(FakeRenderer(), monkeypatch)
    result = preview(_plan(), tmp_path / "new", 5000)
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["preview.json", "preview.png"]
    scenes = max(SCENES, len(RECIPE.families))
    at_full = [index for index, settings in renderer.asked if settings == SETTINGS]
    assert len(renderer.asked) == 1 + scenes + 1 + 4, "one to warm up, the sheet, another, four at full settings"
    assert len(set(at_full)) == 4
    assert set(at_full) <= set(result.indices)
    sheet = read_image(result.picture)
    assert sheet.width == 4 * 2 * 48
    assert sheet.height == -(-scenes // 4) * (32 + 16)
    told = json.loads((tmp_path / "new" / "preview.json").read_text())
    assert told["picture"] == "preview.png"
    assert told["count"] == 5000
    assert set(told["families"]) == {share.name for share in RECIPE.families}
    for estimate in (result.pairs_per_hour, result.hours, result.disk_bytes):
        assert 0 < estimate.low <= estimate.value <= estimate.high
    assert result.hours.value == pytest.approx(5000 / result.pairs_per_hour.value)
    assert any("5000 samples" in line for line in result.lines())


def test_the_disk_estimate_is_what_a_set_of_such_samples_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.image import encode_exr
    from core.shards import write_shard

    _use(FakeRenderer(), monkeypatch)
    result = preview(_plan(), tmp_path / "p", 12)
    renderer = FakeRenderer()
    rows = []
    for index in range(12):
        spec = sample_scene(RECIPE, 3, index)
        frame = renderer.render(spec, SETTINGS)
        exr = encode_exr(frame.image(), channel_dtypes=Frame.channel_dtypes(frame.passes))
        rows.append((f"{index:08d}", exr, {"spec": spec.to_dict()}))
    write_shard(tmp_path / "shard-00000.tar", rows)
    true = (tmp_path / "shard-00000.tar").stat().st_size
    assert result.disk_bytes.value == pytest.approx(true, rel=0.5)


def test_estimates_weigh_families_and_add_what_full_settings_cost() -> None:
    shares = (
        dataclasses.replace(RECIPE.families[0], weight=3.0),
        dataclasses.replace(RECIPE.families[1], weight=1.0),
    )
    plan = _plan(recipe=dataclasses.replace(RECIPE, families=shares))
    often, rare = shares[0].name, shares[1].name
    small = [_sample(often, 1.0, 1024), _sample(often, 1.0, 1024), _sample(rare, 5.0, 1024), _sample(rare, 5.0, 1024)]
    full = [(small[0], _sample(often, 3.0, 9216)), (small[2], _sample(rare, 7.0, 9216))]
    seconds, size = estimates(plan, small, full)
    assert seconds.value == pytest.approx(0.75 * 1.0 + 0.25 * 5.0 + 2.0)
    assert size.value == pytest.approx(9216 + 3 * 512), "the EXR, two headers and a block of JSON"
    assert size.low == pytest.approx(size.high)
    spread = estimates(plan, small, [(small[0], _sample(often, 2.0, 9216)), (small[2], _sample(rare, 9.0, 9216))])[0]
    assert spread.high - spread.low > seconds.high - seconds.low


def test_kernels_that_are_compiled_at_first_do_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[float] = []

    class Slow(FakeRenderer):
        def render(self, spec: SceneSpec, settings: RenderSettings) -> Frame:
            if not self.asked:
                time.sleep(0.3)
            return super().render(spec, settings)

    real = preview_module.estimates

    def watch(plan: BuildPlan, small: list[Sample], pairs: list[tuple[Sample, Sample]]) -> tuple[Estimate, Estimate]:
        seen.extend(float(sample.timing["seconds"]) for sample in small)
        return real(plan, small, pairs)

    monkeypatch.setattr(preview_module, "estimates", watch)
    renderer = _use(Slow(), monkeypatch)
    preview(_plan(), tmp_path, 10)
    assert [index for index, _ in renderer.asked][:2] == [renderer.asked[0][0]] * 2, "the first scene came up twice"
    assert len(seen) == len(renderer.asked) - 6


def test_scenes_that_fail_are_named_and_a_preview_of_none_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _use(FakeRenderer(refuse=True), monkeypatch)
    with pytest.raises(RenderFailed, match="will not"):
        preview(_plan(), tmp_path, 10)
    assert list(tmp_path.iterdir()) == []

    third = choose(RECIPE, 3, SCENES)[2]

    class Choosy(FakeRenderer):
        def render(self, spec: SceneSpec, settings: RenderSettings) -> Frame:
            if spec.index == third:
                raise RenderFailed(f"scene {spec.index} is too much")
            return super().render(spec, settings)

    _use(Choosy(), monkeypatch)
    result = preview(_plan(), tmp_path, 10)
    assert len(result.families) == max(SCENES, len(RECIPE.families)) - 1
    assert "is too much" in result.lines()[0]


def test_a_scene_that_hangs_costs_its_time_limit_and_no_other_scene(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preview_module, "SCENES", 3)
    indices = choose(RECIPE, 3, 3)
    acts = script(None, **{f"s{indices[1]}": "hang"})
    result = preview(_plan(renderer=FAKE, variant=acts, timeout_s=5.0), tmp_path, 10)
    assert result.indices == (indices[0], indices[2])
    assert result.failed == (f"sample {indices[1]:08d}: timed out after 5 s",)


def test_lines_are_for_people() -> None:
    result = PreviewResult(
        Path("x/preview.png"), ("a", "b", "a"), (0, 1, 2), (), 5000, 2,
        Estimate(1500.0, 1200.0, 2000.0), Estimate(3.33, 2.5, 4.2), Estimate(2.5e9, 2.4e9, 2.6e9), 31.0,
    )  # fmt: skip
    text = "\n".join(result.lines())
    assert "a 2, b 1" in text
    assert "1500 pairs an hour (1200 to 2000)" in text
    alone = dataclasses.replace(result, workers=1, count=1, families=("a",)).lines()
    assert alone[0].startswith("1 scene in 31 s")
    assert "with 1 worker, if it has a processor" in alone[1]
    assert alone[2].startswith("1 sample: about")
    assert "3.3 h (2.5 h to 4.2 h), 2.5 (2.4 to 2.6) GB" in text
