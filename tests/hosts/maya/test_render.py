"""The scene read back from the nodes renders to the same frame as the scene that they were made of."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from maya_plugin.host import HostError, MayaHost
from maya_plugin.scene.render import render_job
from scene_generator.maya_scene.facts import Picture
from scene_generator.maya_scene.files import write_files
from scene_generator.maya_scene.job import Job, Result
from scene_generator.maya_scene.store import FileStore
from scene_generator.motion import at_frame
from scene_generator.renderers import PASSES, Frame, RenderSettings
from scene_generator.renderers.maya.frames import arnold_frame
from scene_generator.renderers.mitsuba import MitsubaRenderer
from scene_generator.spec import SceneSpec
from tests.hosts.maya import scenes
from tests.hosts.maya.conftest import Connect
from tests.hosts.maya.fake_arnold import FakeArnold
from tests.hosts.maya.fake_cmds import FakeCmds

SETTINGS = RenderSettings(width=24, height=16, samples=4, bounces=3, denoise=False, occlusion_samples=4)


@pytest.fixture(scope="module")
def embedded() -> MitsubaRenderer:
    """The embedded renderer, with the textures' size of the Maya tests."""
    pytest.importorskip("mitsuba")
    from scene_generator.renderers.variant import choose_variant

    variant, _ = choose_variant("auto")
    return MitsubaRenderer(variant, scenes.TEXTURE_SIZE)


def picture(settings: RenderSettings) -> Picture:
    return Picture(settings.width, settings.height, settings.samples, settings.bounces, settings.passes)


def job(spec: SceneSpec, folder: Path, settings: RenderSettings, plan: str = "arnold", *, cheap: bool = False) -> Job:
    store = FileStore(folder / "files", half=False)
    make = {"make": scenes.stand_in} if cheap else {}
    files = write_files(spec, scenes.TEXTURE_SIZE, store, **make)
    return Job(spec, files, picture(settings), plan, str(folder / "picture"), str(folder / "result.json"))


def rendered(
    connect: Connect,
    embedded: MitsubaRenderer,
    spec: SceneSpec,
    folder: Path,
    passes: tuple[str, ...] = tuple(PASSES),
) -> tuple[Frame, Frame]:
    """The frame by way of Maya's nodes, and the frame of the spec itself."""
    settings = dataclasses.replace(SETTINGS, passes=passes)
    host = connect(FakeCmds(render=FakeArnold(embedded)))
    result = render_job(host, job(spec, folder, settings))
    assert result.ok
    return arnold_frame(result.pictures, spec, settings), embedded.render(spec, settings)


def compare(made: Frame, wanted: Frame) -> None:
    assert made.passes.keys() == wanted.passes.keys()
    for name, values in wanted.passes.items():
        if name == "beauty":  # the last bits of a lamp's place send a path elsewhere, now and then
            close = np.isclose(made.passes[name], values, rtol=2e-3, atol=3e-4)
            assert close.mean() > 0.999, (~close).sum()
            continue
        np.testing.assert_allclose(made.passes[name], values, atol=3e-4, err_msg=name)
    for name in ("light_share", "largest_share"):
        assert getattr(made, name) == getattr(wanted, name)
    assert made.nearest == pytest.approx(wanted.nearest, rel=1e-5)


def test_every_pass_of_a_small_scene(connect: Connect, embedded: MitsubaRenderer, tmp_path: Path) -> None:
    compare(*rendered(connect, embedded, scenes.small(lamps=2), tmp_path))


def test_depth_of_field(connect: Connect, embedded: MitsubaRenderer, tmp_path: Path) -> None:
    sharp, _ = rendered(connect, embedded, scenes.small(), tmp_path / "a", ("beauty", "normal"))
    soft, wanted = rendered(connect, embedded, scenes.small(f_number=1.0), tmp_path / "b", ("beauty", "normal"))
    compare(soft, wanted)
    assert np.abs(soft.passes["beauty"] - sharp.passes["beauty"]).max() > 0.02


def test_a_later_frame_of_a_moving_scene(connect: Connect, embedded: MitsubaRenderer, tmp_path: Path) -> None:
    from scene_generator.spec import Motion

    moving = dataclasses.replace(
        scenes.small(), motion=(Motion(("ball",), (0.2, 0.0, 0.0)), Motion(("camera",), (0.0, 0.1, 0.0)))
    )
    made, wanted = rendered(connect, embedded, at_frame(moving, 2), tmp_path)
    compare(made, wanted)
    assert np.abs(wanted.passes["motion_forward"]).max() > 0.1


@pytest.mark.slow
@pytest.mark.parametrize("index", [2, 6])
def test_a_random_scene(connect: Connect, embedded: MitsubaRenderer, tmp_path: Path, index: int) -> None:
    """With its own meshes; `benchmarks/maya_round_trip.py` renders all fifty."""
    compare(*rendered(connect, embedded, scenes.random_spec(index), tmp_path))


def test_without_a_licence_there_is_an_error_and_no_picture(
    connect: Connect, embedded: MitsubaRenderer, tmp_path: Path
) -> None:
    host = connect(FakeCmds(render=FakeArnold(embedded, licensed=False)))
    with pytest.raises(HostError, match="license not found"):
        render_job(host, job(scenes.small(), tmp_path, SETTINGS))
    assert not list(tmp_path.glob("picture*"))


def test_a_render_that_writes_nothing_is_an_error(host: MayaHost, tmp_path: Path) -> None:
    with pytest.raises(HostError, match="wrote no picture"):
        render_job(host, job(scenes.small(), tmp_path, SETTINGS))


def test_an_old_picture_is_not_taken_for_a_new_one(host: MayaHost, tmp_path: Path) -> None:
    (tmp_path / "picture.exr").write_bytes(b"from yesterday")
    with pytest.raises(HostError, match="wrote no picture"):
        render_job(host, job(scenes.small(), tmp_path, SETTINGS))


def test_arnold_that_is_not_there_is_named(connect: Connect, tmp_path: Path) -> None:
    with pytest.raises(HostError, match="mtoa"):
        render_job(connect(FakeCmds(arnold="")), job(scenes.small(), tmp_path, SETTINGS))


def test_a_maya_without_linear_rec709_is_refused(host: MayaHost, cmds: FakeCmds, tmp_path: Path) -> None:
    cmds.spaces = ["Raw", "ACEScg"]
    with pytest.raises(HostError, match=r"no linear Rec\.709"):
        render_job(host, job(scenes.small(), tmp_path, SETTINGS))


def test_jobs_and_results_survive_json(tmp_path: Path) -> None:
    made = job(scenes.small(lamps=2), tmp_path, SETTINGS)
    assert Job.from_json(made.to_json()) == made
    result = Result(True, {"merged": "x.exr"}, versions={"maya": "2026"}, seconds={"maya scene": 1.5})
    assert Result.from_json(result.to_json()) == result
