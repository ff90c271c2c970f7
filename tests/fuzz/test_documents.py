"""Documents that others wrote: what is wrong with one is told in one line that names it, whatever is wrong with it."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given

from core.card import CARD, ModelCard, Port, load_card, mean_errors
from core.relight.lights_file import read_lights, schema
from core.relight.plate_light import read_light_file
from core.textures.pairs import find_pairs
from core.training.config import read_recipe
from core.training.run_folder import RunFolder
from scene_generator.asset_files.licences import read_notes
from scene_generator.farm.folder import write_folder
from scene_generator.farm.job import Job, Parameter, Step, read_job
from scene_generator.farm.state import fresh_state, read_state
from scene_generator.recipe import load_recipe
from scene_generator.sample import sample_scene
from scene_generator.spec import SceneSpec
from tests.fuzz.effort import documents, fuzzed, told_well
from worker_link.light import PlateLight

GOOD_CARD = ModelCard(
    name="first",
    task="plate_normals",
    version="3",
    description="A test's.",
    inputs=(Port("plate", 3, "srgb_shoulder_v1", (0.0, 1.0)), Port("rays", 2, "ray_slopes")),
    outputs=(Port("normals", 3, "camera_space_normals", (-1.0, 1.0)),),
    multiple_of=32,
    work_size=224,
    default_fov_degrees=55.0,
    weights="model.onnx",
    sha256="0" * 64,
    precision="fp16",
    scores={"held_out": {"mean_of_sets": {"mean": 12.5}}},
    credits=("someone, Apache-2.0",),
).to_json()


@fuzzed
@given(data=documents(GOOD_CARD))
def test_model_cards(tmp_path: Path, data: bytes) -> None:
    (tmp_path / CARD).write_bytes(data)

    def read() -> None:
        card = load_card(tmp_path)
        mean_errors(card.scores)
        assert card.weights_path.parent == tmp_path
        card.check_weights()

    told_well(read, str(tmp_path))


LIGHTS = {
    "version": 2,
    "lights": [
        {"type": "point", "position": [0, 1, -2], "color": [1, 0.5, 0.2], "intensity": 3, "name": "lamp"},
        {"type": "directional", "direction": [0, -1, -1], "temperature": 3200},
        {"type": "ambient", "intensity": 0.2, "enabled": False},
        {"type": "environment", "file": "sky.exr"},
    ],
}


@fuzzed
@given(data=documents(LIGHTS))
def test_lights_files(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "lights.json"
    path.write_bytes(data)
    told_well(lambda: read_lights(path), str(path))


def test_the_lights_that_are_damaged_are_good_before(tmp_path: Path) -> None:
    (tmp_path / "lights.json").write_text(json.dumps(LIGHTS))
    assert len(read_lights(tmp_path / "lights.json")) == 4
    assert schema()["properties"]


ESTIMATE = PlateLight(
    harmonics=((0.5, 0.5, 0.5),) * 9,
    toward=(0.0, 0.6, 0.8),
    key=(1.0, 0.9, 0.8),
    ambient=(0.2, 0.2, 0.3),
    mean_irradiance=(0.5, 0.5, 0.5),
    bright_irradiance=(1.0, 1.0, 1.0),
).to_json()


@fuzzed
@given(data=documents(ESTIMATE))
def test_light_estimates(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "light.json"
    path.write_bytes(data)

    def read() -> None:
        light = read_light_file(path)
        light.balanced()
        json.dumps(light.to_json(), allow_nan=False)

    told_well(read, str(path))


TRAINING = {"task": "plate_normals", "steps": 10, "sizes": [[0, 64], [5, 96, 8]], "size": 96, "batch": 4, "seed": 1}
TRAINING |= {"learning_rates": {"encoder": 1e-3}, "model": {"width": 8}, "augmentation": {}, "ema_decay": 0.9}


@fuzzed
@given(data=documents(TRAINING))
def test_training_recipes(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "training.json"
    path.write_bytes(data)
    told_well(lambda: read_recipe(str(path)), str(path))
    (tmp_path / "config.json").write_bytes(data)
    (tmp_path / "environment.json").write_bytes(data)
    (tmp_path / "log.jsonl").write_bytes(data)
    folder = RunFolder(tmp_path)
    told_well(folder.config, str(tmp_path / "config.json"))
    told_well(lambda: folder.check_data("0" * 64), str(tmp_path))
    assert isinstance(folder.rows(), list)


RECIPE = json.loads(json.dumps(load_recipe("plate_normals").to_dict()))


@fuzzed
@given(data=documents(RECIPE))
def test_scene_recipes(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "scenes.json"
    path.write_bytes(data)
    told_well(lambda: load_recipe(str(path)), "scenes.json")


SCENE = sample_scene(load_recipe("plate_normals"), seed=1, index=0)


@fuzzed
@given(data=documents(json.loads(SCENE.to_json())))
def test_scene_specifications(data: bytes) -> None:
    def read() -> None:
        scene = SceneSpec.from_json(data.decode("utf-8", "surrogateescape"))
        assert SceneSpec.from_json(scene.to_json()) == scene
        scene.hash()

    told_well(read, "scene")


INDEX = [{"id": "wood", "group": "someone", "licence": "CC0"}, {"id": "stone", "group": "other", "licence": "CC-BY"}]


@fuzzed
@given(data=documents(INDEX))
def test_the_list_beside_texture_pairs(tmp_path: Path, data: bytes) -> None:
    for name in ("wood_color.png", "wood_normal.png"):
        (tmp_path / name).touch()
    (tmp_path / "index.json").write_bytes(data)
    told_well(lambda: find_pairs(tmp_path), str(tmp_path / "index.json"))


NOTES = {"licence": "CC0", "files": {"chair": {"licence": "CC-BY", "scale": 2.0}}}


@fuzzed
@given(data=documents(NOTES))
def test_the_notes_beside_assets(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "chair.obj").touch()
    (tmp_path / "LICENSE.json").write_bytes(data)
    told_well(lambda: read_notes(tmp_path, "unstated"), "LICENSE.json")


JOB = Job(
    "render",
    (
        Step("scenes", ("platelight", "generate", "--out", "{Out}", "--part", "{task}/{tasks}"), tasks=4, cores=2),
        Step("pack", ("platelight", "farm", "pack"), after=("scenes",), environment={"OMP_NUM_THREADS": "1"}),
    ),
    (Parameter("Out", "/data/out"), Parameter("Count", "12", kind="number")),
)


@fuzzed
@given(data=documents(json.loads(JOB.to_json())))
def test_farm_jobs(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "job.json"
    path.write_bytes(data)

    def read() -> None:
        job = read_job(path)
        write_folder(job, tmp_path / "written")
        for step in job.steps:
            job.argv(step, 0)

    told_well(read, str(path))


@fuzzed
@given(data=documents(json.loads(json.dumps(fresh_state(JOB).__dict__, default=vars))))
def test_farm_states(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "state.json").write_bytes(data)
    told_well(lambda: read_state(JOB, tmp_path), "state.json")
