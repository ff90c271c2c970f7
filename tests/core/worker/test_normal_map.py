"""Normal maps of textures: what may be asked for, what is written, and what the worker says that it can do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core import card
from core.errors import BadConfig
from core.image import Image, read_image, write_image
from core.worker.capabilities import capabilities
from core.worker.jobs import Job
from core.worker.models import ModelShelf
from core.worker.requests import NormalMapRequest, parse_submit
from tests.core.worker.running import Running
from tests.texture_models import make_texture_model
from worker_link.client import WorkerClient
from worker_link.jobs import FrameDone, FrameFailed, NormalMapOptions, TextureFrame
from worker_link.place import FOLDER_VARIABLE

FRAME = {"texture": "/in/a.png", "normal_map": "/out/a.png"}


def job(**changes: Any) -> dict[str, Any]:
    return {"type": "submit", "id": "1", "job": "normal_map", "frames": [FRAME], "options": {}, **changes}


def test_options_become_settings() -> None:
    options = {"strength": 2, "invert": True, "tileable": False, "convention": "directx", "device": "cpu", "flat": None}
    request = parse_submit(job(options=options))
    assert isinstance(request, NormalMapRequest)
    assert (request.relief.strength, request.relief.invert, request.relief.flat) == (2.0, True, 0.0)
    assert (request.tileable, request.convention, request.model.device) == (False, "directx", "cpu")
    assert request.frames[0].plate == Path("/in/a.png")
    assert request.frames[0].normals == Path("/out/a.png")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"options": {"detail": "high"}}, "unknown option 'detail'"),
        ({"options": {"strength": "much"}}, "has to be a number"),
        ({"options": {"strength": -1}}, "0 to 100"),
        ({"options": {"tileable": "yes"}}, "true or false"),
        ({"options": {"convention": "maya"}}, "use opengl, directx"),
        ({"options": {"device": "tpu"}}, "not known"),
        ({"options": {"threads": 0}}, "1 or more"),
        ({"options": {"color_space": "no such space"}}, "no such space"),
        ({"frames": [{"plate": "/a.png", "normals": "/b.png"}]}, "texture and normal_map"),
        ({"frames": [{**FRAME, "preview": "/c.png"}]}, "texture and normal_map"),
        ({"frames": ["/in/a.png"]}, "each frame is an object"),
        ({"frames": [{**FRAME, "normal_map": "/out/a.jpg"}]}, "ends with .png or .tif"),
        ({"frames": [{**FRAME, "normal_map": FRAME["texture"]}]}, "would replace"),
        ({"frames": [{**FRAME, "texture": "in/a.png"}]}, "absolute path"),
    ],
)
def test_what_cannot_be_meant_is_named(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(BadConfig, match=words):
        parse_submit(job(**changes))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_texture_model(tmp_path_factory.mktemp("model"))


@pytest.fixture
def texture(tmp_path: Path) -> Path:
    """A bump in green: its slopes are known, since the model takes them from green."""
    y, x = np.mgrid[0:40, 0:56]
    green = 0.5 + 0.3 * np.sin(x * 2 * np.pi / 56) * np.sin(y * 2 * np.pi / 40)
    path = tmp_path / "wall.png"
    write_image(path, Image(np.stack([green] * 3, -1).astype(np.float32), ("R", "G", "B"), color_space="raw"))
    return path


def test_a_map_is_written_under_the_name_that_was_asked_for(texture: Path, model: Path, tmp_path: Path) -> None:
    maps = [tmp_path / "new" / name for name in ("a.png", "b.exr", "c.tif")]
    frames = [{"texture": str(texture), "normal_map": str(path)} for path in maps]
    frames.insert(1, {"texture": str(tmp_path / "gone.png"), "normal_map": str(tmp_path / "new" / "d.png")})
    options = {"model": str(model), "device": "cpu", "threads": 1, "strength": 2.0}
    heard: list[dict[str, Any]] = []
    work = Job("1", parse_submit(job(frames=frames, options=options)), heard.append)
    assert work.describe()["job"] == "normal_map"
    while work.step(ModelShelf()):
        pass
    kinds = [message["type"] for message in heard]
    assert kinds == ["started", "done", "started", "failed", *["started", "done"] * 2, "finished"]
    assert "gone.png" in heard[3]["error"]["message"]
    assert "taken as a texture that repeats" in heard[1]["notes"][0]
    exact = read_image(maps[1]).rgb()
    np.testing.assert_allclose(np.linalg.norm(exact, axis=-1), 1.0, atol=1e-4)
    assert float(exact[..., 0].std()) > 0.02  # the bump is in it
    np.testing.assert_allclose(read_image(maps[0]).rgb() * 2 - 1, exact, atol=0.01)
    np.testing.assert_allclose(read_image(maps[2]).rgb() * 2 - 1, exact, atol=1e-3)
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["a.png", "b.exr", "c.tif"]


def test_it_says_whether_the_model_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card, "shipped_models", lambda: ("plate_normals",))
    found = capabilities()
    assert found["normals"] == found["light"] == {"ready": True, "reason": ""}
    assert found["normal_map"]["ready"] is False
    assert "texture_normals" in found["normal_map"]["reason"]
    monkeypatch.setattr(card, "shipped_models", lambda: ("plate_normals", "texture_normals"))
    assert capabilities()["normal_map"] == {"ready": True, "reason": ""}


def test_a_client_asks_and_hands_textures_in(
    worker: Running, texture: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(worker.folder))
    frames = [TextureFrame(str(texture), str(tmp_path / "out.png")), TextureFrame("/nowhere.png", "/nowhere_n.png")]
    with WorkerClient("test") as client:
        abilities = client.capabilities()
        assert abilities["normals"] == abilities["light"] == ""
        assert "normal_map" in abilities
        options = NormalMapOptions(model=str(model), device="cpu", threads=1)
        events = list(client.normal_map_events(frames, options))
    assert [event.index for event in events if isinstance(event, FrameDone)] == [0]
    failed = [event for event in events if isinstance(event, FrameFailed)]
    assert "nowhere.png" in failed[0].message
    assert (tmp_path / "out.png").is_file()
