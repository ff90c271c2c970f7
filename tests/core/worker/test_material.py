"""Materials by the worker: what may be asked for, what is written, and what the worker says that it can do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core import card
from core.errors import BadConfig
from core.image import write_image
from core.worker.capabilities import capabilities
from core.worker.jobs import Job
from core.worker.models import ModelShelf
from core.worker.requests import MaterialRequest, parse_submit
from tests.core.worker.protocol_check import problems
from tests.material_models import ball_image, make_material_model
from worker_link.jobs import MaterialFrame, MaterialOptions

FRAME = {"picture": "/in/a.png", "mask": "/in/m.png", "material": "/out/a.json"}


def job(**changes: Any) -> dict[str, Any]:
    return {"type": "submit", "id": "1", "job": "material", "frames": [FRAME], "options": {}, **changes}


def test_a_hosts_job_is_understood_and_in_the_protocol() -> None:
    options = MaterialOptions(exposure=-0.5, color_space="sRGB", device="cpu")
    frame = MaterialFrame("/in/a.png", "/out/a.json", "/in/m.png")
    message = job(frames=[frame.to_json()], options=options.to_json())
    schema = json.loads((Path(__file__).parents[3] / "worker_link" / "protocol.schema.json").read_text())
    assert problems(message, schema["$defs"]["submit_material"], schema) == []
    request = parse_submit(message)
    assert isinstance(request, MaterialRequest)
    assert (request.exposure, request.color_space, request.model.device) == (-0.5, "sRGB", "cpu")
    files = request.frames[0]
    assert (files.plate, files.mask, files.normals) == (Path("/in/a.png"), Path("/in/m.png"), Path("/out/a.json"))
    plain = parse_submit(job(frames=[MaterialFrame("/in/a.png", "/out/a.json").to_json()]))
    assert plain.frames[0].mask is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"options": {"strength": 1}}, "unknown option 'strength'"),
        ({"options": {"exposure": 30}}, "-20 to 20"),
        ({"options": {"device": "tpu"}}, "not known"),
        ({"options": {"color_space": "nonsense"}}, "nonsense"),
        ({"frames": [{"plate": "/a.png", "normals": "/b.json"}]}, "picture, material"),
        ({"frames": [{**FRAME, "material": "/out/a.mtlx"}]}, "ends with .json"),
        ({"frames": [{**FRAME, "material": FRAME["mask"]}]}, "ends with .json|would replace"),
        ({"frames": [{**FRAME, "mask": "/x.json", "material": "/x.json"}]}, "would replace this mask"),
        ({"frames": [{**FRAME, "mask": "m.png"}]}, "absolute path"),
    ],
)
def test_what_cannot_be_meant_is_named(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(BadConfig, match=words):
        parse_submit(job(**changes))


def test_values_are_written_and_failures_told(tmp_path: Path) -> None:
    model = make_material_model(tmp_path / "model")
    write_image(tmp_path / "a.exr", ball_image(np.array([1, 0.6, 0.2, 0.1, 1, 1, 1, 1, 0.4, 0])))
    target = tmp_path / "new" / "a.json"
    frames = [
        {"picture": str(tmp_path / "a.exr"), "material": str(target)},
        {"picture": str(tmp_path / "gone.exr"), "material": str(tmp_path / "new" / "b.json")},
    ]
    heard: list[dict[str, Any]] = []
    options = {"model": str(model), "device": "cpu", "threads": 1}
    work = Job("1", parse_submit(job(frames=frames, options=options)), heard.append)
    assert work.describe()["job"] == "material"
    while work.step(ModelShelf()):
        pass
    assert [message["type"] for message in heard] == ["started", "done", "started", "failed", "finished"]
    assert "alpha" in heard[1]["notes"][0]
    assert "base_color" in " ".join(heard[1]["notes"])
    assert "gone.exr" in heard[3]["error"]["message"]
    told = json.loads(target.read_text())
    assert told["base_color"][0] > told["base_color"][1] > told["base_color"][2]
    assert told["base"] == 1.0
    assert 0 < told["confidence"]["base_color"] < 1
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["a.json"]


def test_it_says_whether_the_model_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card, "shipped_models", lambda: ("plate_normals",))
    assert capabilities()["material"]["ready"] is False
    assert "material" in capabilities()["material"]["reason"]
    monkeypatch.setattr(card, "shipped_models", lambda: ("plate_normals", "material"))
    assert capabilities()["material"] == {"ready": True, "reason": ""}
