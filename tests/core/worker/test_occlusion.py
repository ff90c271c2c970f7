"""Occlusion by the worker: what may be asked for, what is written, and what the worker says that it can do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core import card
from core.errors import BadConfig
from core.image import Image, read_image, write_image
from core.occlusion.frames import OcclusionSettings, read_surfaces
from core.worker.capabilities import capabilities
from core.worker.jobs import Job
from core.worker.models import ModelShelf
from core.worker.requests import OcclusionRequest, parse_submit
from tests.core.occlusion.corner import corner
from tests.occlusion_models import make_occlusion_model

FRAME = {"normals": "/in/N.exr", "depth": "/in/Z.exr", "occlusion": "/out/ao.exr"}


def job(**changes: Any) -> dict[str, Any]:
    return {"type": "submit", "id": "1", "job": "occlusion", "frames": [FRAME], "options": {}, **changes}


def test_options_become_settings() -> None:
    options = {"radius": 0.2, "relative": True, "fast": True, "focal_length": 35, "film_back": 24, "strength": None}
    request = parse_submit(job(options=options))
    assert isinstance(request, OcclusionRequest)
    assert (request.settings.radius.value, request.settings.radius.unit) == (0.2, "relative")
    assert (request.settings.look.side, request.settings.strength) == (640, 1.0)
    assert request.settings.lens.focal_length_mm == 35
    files = request.frames[0]
    assert (files.plate, files.depth, files.normals) == (Path("/in/N.exr"), Path("/in/Z.exr"), Path("/out/ao.exr"))
    plain = parse_submit(job(frames=[{"normals": "/in/N.exr", "occlusion": "/out/ao.png"}]))
    assert plain.frames[0].depth is None


def test_a_named_pixel_aspect_is_as_one_that_the_file_says(tmp_path: Path) -> None:
    def written(in_the_file: float, **options: float) -> tuple[np.ndarray, Image]:
        path = tmp_path / f"N{in_the_file}.exr"
        pixels = np.zeros((16, 24, 3), dtype=np.float32) + np.float32([0, 0, 1])
        write_image(path, Image(pixels, ("N.red", "N.green", "N.blue"), pixel_aspect=in_the_file), dtype="float")
        settings = parse_submit(job(options={"fov": 60.0, **options})).settings
        surfaces, image = read_surfaces(path, None, settings)
        return surfaces.slopes, image

    said, _ = written(2.0)
    named, image = written(1.0, pixel_aspect=2.0)
    np.testing.assert_array_equal(named, said)
    assert image.pixel_aspect == 2.0
    assert np.abs(written(1.0)[0] - said).max() > 0.1


def test_the_pixel_aspect_tells_results_apart_and_leaves_those_of_before_finished() -> None:
    plain, named = OcclusionSettings(), OcclusionSettings(pixel_aspect=2.0)
    assert plain.fingerprint("occlusion", True) != named.fingerprint("occlusion", True)
    assert plain.fingerprint("occlusion", True) == "450c2a760de237a0"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"options": {"pixel_aspect": 0.0}}, "pixel aspect of 0.0"),
        ({"options": {"pixel_aspect": float("nan")}}, "pixel aspect of nan"),
        ({"options": {"detail": "high"}}, "unknown option 'detail'"),
        ({"options": {"radius": 0}}, "above 0"),
        ({"options": {"radius": "far"}}, "has to be a number"),
        ({"options": {"strength": -1}}, "0 to 100"),
        ({"options": {"distance": 0}}, "above 0"),
        ({"options": {"device": "tpu"}}, "not known"),
        ({"frames": [{"plate": "/a.png", "normals": "/b.png"}]}, "normals, occlusion"),
        ({"frames": [{**FRAME, "preview": "/c.png"}]}, "normals, occlusion"),
        ({"frames": ["/in/a.png"]}, "each frame is an object"),
        ({"frames": [{**FRAME, "occlusion": "/out/a.jpg"}]}, "ends with .exr or .png"),
        ({"frames": [{**FRAME, "occlusion": FRAME["normals"]}]}, "would replace"),
        ({"frames": [{**FRAME, "occlusion": FRAME["depth"]}]}, "would replace this depth"),
        ({"frames": [{**FRAME, "depth": "Z.exr"}]}, "absolute path"),
    ],
)
def test_what_cannot_be_meant_is_named(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(BadConfig, match=words):
        parse_submit(job(**changes))


def test_files_are_written_and_failures_told(tmp_path: Path) -> None:
    model = make_occlusion_model(tmp_path / "model")
    normals, depth, _ = corner(40, 56)
    write_image(tmp_path / "N.exr", Image.from_layers({"N": normals}))
    write_image(tmp_path / "Z.exr", Image.from_layers({"depth": depth}))
    files = {"normals": str(tmp_path / "N.exr"), "depth": str(tmp_path / "Z.exr")}
    frames = [
        {**files, "occlusion": str(tmp_path / "new" / "a.exr")},
        {**files, "depth": str(tmp_path / "gone.exr"), "occlusion": str(tmp_path / "new" / "b.exr")},
        {"normals": files["normals"], "occlusion": str(tmp_path / "new" / "c.png")},
    ]
    options = {"model": str(model), "device": "cpu", "threads": 1, "radius": 0.4}
    heard: list[dict[str, Any]] = []
    work = Job("1", parse_submit(job(frames=frames, options=options)), heard.append)
    assert work.describe()["job"] == "occlusion"
    while work.step(ModelShelf()):
        pass
    kinds = [message["type"] for message in heard]
    assert kinds == ["started", "done", "started", "failed", "started", "done", "finished"]
    assert "gone.exr" in heard[3]["error"]["message"]
    assert "no depth" in heard[5]["notes"][0]
    np.testing.assert_allclose(read_image(tmp_path / "new" / "a.exr").pixels[..., 0], normals[..., 2], atol=2e-3)
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["a.exr", "c.png"]


def test_normals_and_depth_may_lie_in_one_file_as_a_host_writes_them(tmp_path: Path) -> None:
    model = make_occlusion_model(tmp_path / "model")
    normals, depth, _ = corner(24, 32)
    one = np.concatenate([normals, np.ones_like(depth)[..., None], depth[..., None]], axis=2)
    names = ("N.red", "N.green", "N.blue", "N.alpha", "depth.Z")
    write_image(tmp_path / "both.exr", Image(one.astype(np.float32), names), dtype="float")
    write_image(tmp_path / "N.exr", Image.from_layers({"N": normals}), dtype="float")
    write_image(tmp_path / "Z.exr", Image.from_layers({"depth": depth}), dtype="float")
    both, apart = str(tmp_path / "both.exr"), {"normals": str(tmp_path / "N.exr"), "depth": str(tmp_path / "Z.exr")}
    frames = [
        {"normals": both, "depth": both, "occlusion": str(tmp_path / "one.exr")},
        {**apart, "occlusion": str(tmp_path / "two.exr")},
        {"normals": both, "occlusion": str(tmp_path / "three.exr")},
    ]
    options = {"model": str(model), "device": "cpu", "threads": 1, "radius": 0.4}
    heard: list[dict[str, Any]] = []
    work = Job("1", parse_submit(job(frames=frames, options=options)), heard.append)
    while work.step(ModelShelf()):
        pass
    assert heard[-1]["done"] == 3
    one_file, two_files = (read_image(tmp_path / name).pixels for name in ("one.exr", "two.exr"))
    np.testing.assert_array_equal(one_file, two_files)
    assert heard[1]["notes"] == []
    assert "no depth" in heard[5]["notes"][0]


def test_it_says_whether_the_model_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card, "shipped_models", lambda: ("plate_normals",))
    assert capabilities()["occlusion"]["ready"] is False
    assert "occlusion" in capabilities()["occlusion"]["reason"]
    monkeypatch.setattr(card, "shipped_models", lambda: ("plate_normals", "occlusion"))
    assert capabilities()["occlusion"] == {"ready": True, "reason": ""}
