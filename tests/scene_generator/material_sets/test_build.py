from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from core.errors import BadConfig
from core.materials.parameters import to_quantities
from core.shards import ShardSet, scene_id
from core.training.provenance import provenance
from scene_generator.material_sets import build
from scene_generator.material_sets.build import MaterialSetPlan, build_set, sample, surface_of
from scene_generator.material_sets.render import View
from scene_generator.mtlx.validate import read_document


class Painter:
    """Stands in for the renderer: one colour a material, on the left half; counts."""

    def __init__(self, fail_at: int = -1) -> None:
        self.calls, self.fail_at = 0, fail_at

    def render(
        self, name: str, parameters: npt.ArrayLike, view: View, environment: npt.NDArray[np.float32], seed: int
    ) -> npt.NDArray[np.float32]:
        self.calls += 1
        if self.calls == self.fail_at:
            raise KeyboardInterrupt
        made = np.zeros((32, 32, 4), np.float32)
        made[:, :16, :3] = to_quantities(parameters)[:3]
        made[:, :16, 3] = 1
        return made


PLAN = MaterialSetPlan(count=20, size=32)


def test_a_set_has_its_materials_as_valid_documents_and_its_shares(tmp_path: Path) -> None:
    pytest.importorskip("MaterialX")
    done: list[int] = []
    assert build_set(tmp_path, PLAN, Painter(), done.append) == {"learn": 16, "test": 4}
    assert done[-1] == 20
    assert sorted(done) == done
    scenes = []
    for name, count in (("learn", 16), ("test", 4)):
        shards = ShardSet.open(tmp_path / name)
        assert len(shards) == count
        (path,) = (tmp_path / name).glob("*.mtlx")
        document = read_document(path)
        assert len(document.getMaterialNodes()) == count
        for key in shards.keys:
            image, facts = shards.read(key)
            scenes.append(scene_id(facts))
            alpha = image.alpha()
            assert alpha is not None
            assert alpha.mean() == 0.5
            assert np.allclose(image.rgb()[0, 0], to_quantities(facts["parameters"])[:3], atol=1e-3)
            shader = document.getNode(f"m{facts['index']:07d}_surface")
            roughness = float(shader.getInput("specular_roughness").getValueString())
            assert roughness == pytest.approx(facts["parameters"][8], abs=1e-5)
            assert facts["family"] == f"{facts['draw']}-{facts['body']}"
    assert len(set(scenes)) == 20
    facts = provenance(tmp_path / "learn")
    assert (facts["recipe"], facts["size"], facts["samples"]) == ("material-pairs 1", [32, 32], 16)
    assert {"uniform-cube", "correlated-cube"} <= set(facts["families"])


def test_a_set_that_was_stopped_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("MaterialX")
    monkeypatch.setattr(build, "PER_SHARD", 5)
    with pytest.raises(KeyboardInterrupt):
        build_set(tmp_path, PLAN, Painter(fail_at=9))
    assert len(list((tmp_path / "learn").glob("*.tar"))) == 1
    assert provenance(tmp_path / "learn")["recipe"] == "material-pairs 1"  # what there is can be trained on
    kept = sorted((tmp_path / "unpacked").iterdir())
    assert len(kept) == 3  # of the second shard
    kept[0].write_bytes(kept[0].read_bytes()[:-20])
    second = Painter()
    build_set(tmp_path, PLAN, second)
    assert second.calls == 20 - 5 - 2  # without those of the first shard and those that are sound
    assert not (tmp_path / "unpacked").exists()
    whole = tmp_path / "whole"
    build_set(whole, PLAN, Painter())
    for path in whole.rglob("*.tar"):
        assert path.read_bytes() == (tmp_path / path.relative_to(whole)).read_bytes()


def test_a_set_of_another_count_takes_the_place_and_one_of_another_seed_does_not(tmp_path: Path) -> None:
    pytest.importorskip("MaterialX")
    build_set(tmp_path, PLAN, Painter())
    build_set(tmp_path, replace(PLAN, count=20), Painter())
    assert len(ShardSet.open(tmp_path / "learn")) == 16
    assert len(list((tmp_path / "learn").iterdir())) == 4  # with build.json
    for other in (replace(PLAN, count=20, seed=1), replace(PLAN, count=20, size=64)):
        with pytest.raises(BadConfig, match="was made with other options"):
            build_set(tmp_path, other, Painter())
    assert len(ShardSet.open(tmp_path / "learn")) == 16


def test_fewer_samples_than_there_are_take_nothing_away(tmp_path: Path) -> None:
    pytest.importorskip("MaterialX")
    build_set(tmp_path, PLAN, Painter())
    with pytest.raises(BadConfig, match="holds samples of a set of 20, more than the 10 asked for; give --count 20"):
        build_set(tmp_path, replace(PLAN, count=10), Painter())
    assert (len(ShardSet.open(tmp_path / "learn")), len(ShardSet.open(tmp_path / "test"))) == (16, 4)


def test_a_set_that_grows_never_learns_from_what_it_holds_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("MaterialX")
    monkeypatch.setattr(build, "PER_SHARD", 4)
    build_set(tmp_path, PLAN, Painter())
    larger = replace(PLAN, count=40)
    with pytest.raises(KeyboardInterrupt):
        build_set(tmp_path, larger, Painter(fail_at=10))  # samples 16 to 24 are done, 16 to 20 were held out
    learnt = {key for path in (tmp_path / "learn").glob("*.tar") for key in ShardSet.open_files([path]).keys}
    held_out = {key for path in (tmp_path / "test").glob("*.tar") for key in ShardSet.open_files([path]).keys}
    assert len(learnt) == 24
    assert not learnt & held_out
    assert build_set(tmp_path, larger, Painter()) == {"learn": 32, "test": 8}
    assert (len(ShardSet.open(tmp_path / "learn")), len(ShardSet.open(tmp_path / "test"))) == (32, 8)


def test_samples_depend_on_seed_and_number_alone() -> None:
    first, again, other = sample(PLAN, 3), sample(MaterialSetPlan(count=500, size=32), 3), sample(PLAN, 4)
    assert np.array_equal(first.parameters, again.parameters)
    assert np.array_equal(first.environment, again.environment)
    assert not np.array_equal(first.parameters, other.parameters)
    kinds = [sample(MaterialSetPlan(uniform_share=share), k).draw for share in (0.0, 1.0) for k in range(5)]
    assert kinds == ["correlated"] * 5 + ["uniform"] * 5
    only = MaterialSetPlan(bodies=("cube",), lights=("sky",))
    assert {(sample(only, k).body, sample(only, k).light) for k in range(4)} == {("cube", "sky")}
    assert np.allclose(first.view.turn @ first.view.turn.T, np.eye(3), atol=1e-6)


def test_plans_and_surfaces_are_checked() -> None:
    assert surface_of(np.arange(10) / 10).specular_color == (0.5, 0.6, 0.7)
    for changes, words in (
        ({"count": 5}, "count 5"),
        ({"uniform_share": 1.5}, "uniform_share"),
        ({"bodies": ("teapot",)}, "body 'teapot': unknown"),
        ({"lights": ("laser",)}, "light 'laser': unknown"),
    ):
        with pytest.raises(BadConfig, match=words):
            MaterialSetPlan(**changes)
