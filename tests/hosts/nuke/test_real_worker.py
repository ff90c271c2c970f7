"""The plug-in with the real worker in a process of its own: pixels in; normals, light or occlusion
out; a bad frame told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tkinter", reason="no Tcl here; Debian, Ubuntu: sudo apt-get install python3-tk")

from core.image.pixels import Image
from core.image.reading import read_image
from core.image.writing import write_image
from nuke_plugin.batch import Outcome, start_batch
from nuke_plugin.host import NukeHost
from nuke_plugin.occlusion import render as occlusion
from nuke_plugin.occlusion.controls import DEPTHS, FILE_CHANNEL, RADII
from nuke_plugin.probe.controls import FRAMES
from nuke_plugin.probe.estimate import create, estimate
from nuke_plugin.probe.values import light_of
from tests.core.occlusion.corner import corner
from tests.hosts.nuke.fake_nodes import FakeNode
from tests.hosts.nuke.fake_nuke import FakeNuke
from worker_link.client import WorkerClient
from worker_link.jobs import Frame, NormalsOptions


@pytest.fixture
def own_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A worker that no other test and no person uses, ended afterwards."""
    monkeypatch.setenv("PLATELIGHT_WORKER_FOLDER", str(tmp_path / "worker"))
    yield
    with WorkerClient("test") as client:
        client.shut_down(now=True)


@pytest.mark.slow
@pytest.mark.usefixtures("own_worker")
def test_frames_come_back_and_a_missing_one_is_told(nuke: FakeNuke, tmp_path: Path, rays_model: Path) -> None:
    plate = np.random.default_rng(0).uniform(0, 1, (24, 32, 3)).astype(np.float32)
    for number in (1, 2):
        write_image(tmp_path / f"p.{number}.exr", Image(plate, ("R", "G", "B")))
    frames = [Frame(str(tmp_path / f"p.{n}.exr"), str(tmp_path / "out" / f"n.{n}.exr")) for n in (1, 2, 3)]
    options = NormalsOptions(model=str(rays_model), detail="low", deflicker=False, device="cpu", threads=1)
    outcomes: list[Outcome] = []
    start_batch(NukeHost(), "a batch", frames, options, outcomes.append)
    nuke.run_main_loop(180)
    (outcome,) = outcomes
    assert outcome.done == tuple(frames[:2]), outcome.words()
    assert "p.3.exr" in outcome.failures[0]
    normals = read_image(tmp_path / "out" / "n.1.exr")
    names = list(normals.channels)
    length = sum(normals.pixels[..., names.index(f"N.{colour}")] ** 2 for colour in ("red", "green", "blue"))
    assert np.abs(length - 1).max() < 1e-3
    assert nuke.tasks[0].shown[-1][0] == 100


TOWARD = np.array([0.6, 0.48, 0.64])


def write_ball(path: Path, frame: int) -> None:
    """What the node's Write makes: rgba with Nuke's black alpha where a plate has none, and layer N."""
    y, x = (np.mgrid[31:-1:-1, 0:32] - 15.5) / 14.0
    z = np.sqrt(np.maximum(0.0, 1.0 - x * x - y * y))
    inside = (x * x + y * y < 0.98)[..., None]
    normals = np.where(inside, np.stack([x, y, z], axis=-1), 0.0)
    shading = (0.3 * (0.2 + np.maximum(normals @ TOWARD, 0.0)))[..., None] * inside * np.array([1.2, 1.0, 0.7])
    nothing = np.zeros((32, 32, 1))
    if frame == 1002:
        shading = shading * 0.0  # nothing to see in this one
    pixels = np.concatenate([shading, nothing, normals, inside], axis=2).astype(np.float32)
    names = ("R", "G", "B", "A", "N.red", "N.green", "N.blue", "N.alpha")
    write_image(path, Image(pixels, names))


@pytest.mark.slow
@pytest.mark.usefixtures("own_worker")
def test_a_plate_probe_estimates_with_the_real_worker(nuke: FakeNuke) -> None:
    nuke.render_frame = write_ball
    nuke.create("ColorBars")
    node = create(NukeHost())
    assert isinstance(node, FakeNode)
    node["frames"].setValue(FRAMES[1])
    node["step"].setValue(1)
    estimate(NukeHost(), node)
    nuke.run_main_loop(180)
    light = light_of(node)
    assert light.frames == 2
    assert float(np.dot(light.toward, TOWARD)) > np.cos(np.radians(10.0))
    assert light.key[0] > light.key[1] > light.key[2] > 0.0
    assert light.color_space == "lin_rec709"
    assert "2 of 3 frames" in nuke.messages[-1]
    assert "pixels of the plate can be used" in nuke.messages[-1]
    assert str(node["status"].value()).startswith("key 4")


def write_corner(path: Path, frame: int) -> None:
    """What the node's Write makes of a wall and a floor: layer N and depth.Z, both float."""
    normals, depth, _ = corner(32, 48)
    planes = [normals, depth[..., None]]
    names: tuple[str, ...] = ("N.red", "N.green", "N.blue", "depth.Z")
    if frame == 1002:
        planes, names = planes[1:], ("depth.Z",)  # a plate without normals
    write_image(path, Image(np.concatenate(planes, axis=2).astype(np.float32), names), dtype="float")


@pytest.mark.slow
@pytest.mark.usefixtures("own_worker")
def test_occlusion_of_a_corner_comes_back_and_a_frame_without_normals_is_told(nuke: FakeNuke, tmp_path: Path) -> None:
    nuke.render_frame = write_corner
    nuke.create("ColorBars")
    node = occlusion.create(NukeHost())
    assert isinstance(node, FakeNode)
    node["prerender_folder"].setValue(str(tmp_path / "frames"))
    node["depth_from"].setValue(DEPTHS[1])
    node["radius_is"].setValue(RADII[1])
    node["radius"].setValue(1.0)
    node["fov"].setValue(60.0)
    occlusion.render(NukeHost(), node)
    nuke.run_main_loop(180)
    assert "2 of 3 frames" in nuke.messages[-1]
    assert "has no layer N of three channels" in nuke.messages[-1]
    made = read_image(tmp_path / "frames" / "ao" / "untitled.PlateOcclusion1.1001.exr")
    assert made.channels == (FILE_CHANNEL,)
    open_share = made.pixels[..., 0]
    _, depth, _ = corner(32, 48)
    edge = int(np.argmax(depth[:, 24] < 4.0))  # the first row of the floor
    assert float(open_share[edge - 2 : edge + 2, 8:40].max()) < 0.9
    assert float(open_share[:6, 8:40].min()) > 0.95
    assert node["source"].value() == "rendered EXR"
