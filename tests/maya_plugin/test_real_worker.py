"""The real worker, in its own process, behind commands: from a texture to its network, from normals to occlusion."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.image import Image, read_image, write_image
from maya_plugin import life
from maya_plugin.worker_jobs import make_client
from tests.core.occlusion.corner import corner
from tests.core.worker.running import Running, started
from tests.hosts.maya.fake_window import FakeMaya
from tests.maya_plugin.conftest import Open
from tests.occlusion_models import make_occlusion_model
from tests.texture_models import make_texture_model
from worker_link.place import FOLDER_VARIABLE


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with started(tmp_path_factory.mktemp("worker")) as found:
        yield found


def test_a_texture_goes_through_the_real_worker(
    maya: FakeMaya, opened: Open, running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(running.folder))
    model = make_texture_model(tmp_path / "model")
    wave = 0.5 + 0.3 * np.sin(np.arange(48) * 2 * np.pi / 48)
    green = np.broadcast_to(wave[None, :, None], (32, 48, 3)).astype(np.float32)
    write_image(tmp_path / "wave.png", Image(green, ("R", "G", "B"), color_space="raw"))
    session = opened(maya).session
    session.make_client = make_client
    maya.shadingNode("file", asTexture=True, isColorManaged=True, name="wall")
    maya.setAttr("wall.fileTextureName", str(tmp_path / "wave.png"), type="string")
    for name in ("platelightCheckWorker", "platelightNormalMap"):
        flags = {} if name == "platelightCheckWorker" else {"node": "wall", "model": str(model)}
        session.host.call(name, **flags)
        for task in list(session.tasks):
            assert task.wait(120.0)
        maya.idle()
    assert len(maya.messages) == 1
    assert "normals: ready\nlight: ready\nnormal_map: " in maya.messages[0]
    normals = read_image(tmp_path / "wave_normal.png").rgb() * 2 - 1
    assert float(normals[..., 0].std()) > 0.01  # the wave leans to the left and to the right ...
    assert float(np.abs(normals[..., 1]).max()) < 0.02  # ... and not up or down
    assert maya.graph.source("wave_normalBump.bumpValue") == "wave_normal.outAlpha"
    life.unload()


def test_normals_and_depth_go_through_the_real_worker(
    maya: FakeMaya, opened: Open, running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(running.folder))
    model = make_occlusion_model(tmp_path / "model")  # says how far a surface faces the camera
    normals, depth, _ = corner(40, 56)
    write_image(tmp_path / "N.exr", Image.from_layers({"N": normals}))
    write_image(tmp_path / "Z.exr", Image.from_layers({"depth": depth}))
    session = opened(maya).session
    session.make_client = make_client
    flags = {"normals": str(tmp_path / "N.exr"), "depth": str(tmp_path / "Z.exr"), "radius": 0.4, "model": str(model)}
    made = session.host.call("platelightOcclusion", **flags, out=str(tmp_path / "ao.exr"))
    for task in list(session.tasks):
        assert task.wait(120.0)
    maya.idle()
    assert maya.messages == []
    np.testing.assert_allclose(read_image(Path(made)).pixels[..., 0], normals[..., 2], atol=2e-3)
    assert maya.getAttr("occlusion.fileTextureName") == made
    life.unload()
