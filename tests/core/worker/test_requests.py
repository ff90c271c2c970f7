from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.errors import BadConfig
from core.worker.models import ModelChoice
from core.worker.requests import LightRequest, NormalsRequest, parse_submit

FRAME = {"plate": "/in/a.1001.exr", "normals": "/out/a.1001.exr"}


def job(**changes: Any) -> dict[str, Any]:
    return {"type": "submit", "id": "1", "job": "normals", "frames": [FRAME], "options": {}, **changes}


def test_a_job_as_it_is_meant() -> None:
    options = {"model": "m", "device": "cpu", "threads": 2, "detail": "high", "size": 256, "fov": 50, "deflicker": True}
    options["pixel_aspect"] = 2
    request = parse_submit(job(options={**options, "color_space": "ACEScg", "film_back": None}))
    assert isinstance(request, NormalsRequest)
    assert request.model == ModelChoice("m", "cpu", 2)
    assert request.deflicker
    assert request.settings.lens.fov_degrees == 50.0
    assert request.settings.pixel_aspect == 2.0
    assert (request.settings.view.size, str(request.settings.view.detail)) == (256, "high")
    assert request.settings.color_space == "ACEScg"
    assert request.frames[0].plate == Path("/in/a.1001.exr")
    plain = parse_submit({name: value for name, value in job().items() if name != "options"})
    assert isinstance(plain, NormalsRequest)
    assert plain.model == ModelChoice()
    assert plain.settings.pixel_aspect is None
    assert not plain.deflicker


def test_a_light_job() -> None:
    request = parse_submit(job(job="light", frames=[{**FRAME, "light": "/out/a.json"}], options={}))
    assert isinstance(request, LightRequest)
    assert request.frames[0].light == Path("/out/a.json")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"job": "paint"}, "use normals or light"),
        ({"colour": "red"}, "unknown field 'colour'"),
        ({"options": []}, "have to be an object"),
        ({"options": {"quality": 3}}, "unknown option 'quality'"),
        ({"options": {"size": "256"}}, "size is '256'; it has to be a whole number"),
        ({"options": {"size": True}}, "size is True"),
        ({"options": {"size": 256.0}}, "size is 256.0"),
        ({"options": {"fov": True}}, "fov is True; it has to be a number"),
        ({"options": {"tile": 1}}, "true or false"),
        ({"options": {"size": 8}}, "32 or more"),
        ({"options": {"fov": 500.0}}, "from 1 to 170"),
        ({"options": {"fov": float("nan")}}, "from 1 to 170"),
        ({"options": {"pixel_aspect": 100.0}}, "pixel aspect of 100.0"),
        ({"options": {"focal_length": 35.0}}, "film back"),
        ({"options": {"device": "tpu"}}, "device 'tpu'"),
        ({"options": {"threads": 0}}, "0 threads"),
        ({"options": {"detail": "extreme"}}, "low, medium, high"),
        ({"options": {"detail": "high", "tile": True}}, "exclude each other"),
        ({"options": {"color_space": "no such space"}}, "no such space"),
        ({"frames": None}, "1 to 10000 frames"),
        ({"frames": [FRAME] * 10_001}, "1 to 10000 frames"),
        ({"frames": ["/in/a.exr"]}, "each frame is an object"),
        ({"frames": [{"plate": "/in/a.exr"}]}, "each frame is an object"),
        ({"frames": [{**FRAME, "light": "/a.json"}]}, "each frame is an object"),
        ({"frames": [{**FRAME, "plate": None}]}, "has to be a path"),
        ({"frames": [{**FRAME, "plate": ""}]}, "has to be a path"),
        ({"frames": [{**FRAME, "plate": "/in/\0.exr"}]}, "has to be a path"),
        ({"frames": [{**FRAME, "plate": "in/a.exr"}]}, "has to be an absolute path"),
        ({"frames": [{**FRAME, "normals": "/out/a.png"}]}, "ends with .exr"),
        ({"frames": [{**FRAME, "normals": FRAME["plate"]}]}, "would replace this plate"),
        ({"frames": [FRAME, {**FRAME, "plate": "/in/b.exr"}]}, "two frames of the job"),
    ],
)
def test_what_cannot_be_meant_is_named(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(BadConfig, match=words):
        parse_submit(job(**changes))
