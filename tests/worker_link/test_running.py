"""A job as a plug-in runs it: what is gathered, what is told, and what stays where it breaks off."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest

from core.card import LOOKS
from tests.fake_worker import FakeWorker
from worker_link import running as protocol
from worker_link.client import WorkerClient
from worker_link.errors import JobRefused, WorkerLost
from worker_link.jobs import (
    AnyFrame,
    AnyOptions,
    Event,
    Frame,
    FrameDone,
    FrameFailed,
    FrameStarted,
    LightFrame,
    LightOptions,
    MaterialFrame,
    MaterialOptions,
    NormalMapOptions,
    NormalsOptions,
    OcclusionFrame,
    OcclusionOptions,
    Queued,
    TextureFrame,
    WorkerRestarted,
)
from worker_link.running import JobRun, event_words, installed_client

PAIRS = (
    (Frame, NormalsOptions),
    (LightFrame, LightOptions),
    (TextureFrame, NormalMapOptions),
    (OcclusionFrame, OcclusionOptions),
    (MaterialFrame, MaterialOptions),
)


@pytest.fixture
def plates(tmp_path: Path) -> list[str]:
    paths = [tmp_path / f"plate.{number}.exr" for number in range(3)]
    for path in paths:
        path.touch()
    return [str(path) for path in paths]


def test_a_job_is_gathered_frame_by_frame(plates: list[str], tmp_path: Path) -> None:
    worker = FakeWorker()
    worker.fails = {1}
    frames = [Frame(plate, str(tmp_path / "out" / Path(plate).name)) for plate in plates]
    job, told = JobRun(frames, NormalsOptions(detail="low")), []
    job.run(worker, lambda percent, words: told.append((percent, words)))
    assert worker.jobs == [("normals", frames, NormalsOptions(detail="low"))]
    assert job.frames == tuple(frames)
    assert job.done == [frames[0], frames[2]]
    assert job.failures == [f"{plates[1]}: cannot be read"]
    assert job.notes == ["noticed", "noticed"]
    assert job.lights == []
    assert told[0] == (0, "handed in")
    assert [percent for percent, _ in told] == sorted(percent for percent, _ in told)
    assert told[-1] == (100, "3 of 3 done, 0.1 s")


def test_estimates_of_light_are_kept(plates: list[str]) -> None:
    worker = FakeWorker()
    job = JobRun([LightFrame(plate, plate) for plate in plates], LightOptions())
    job.run(worker, lambda percent, words: None)
    assert job.lights == [worker.answer] * 3


class Dying(FakeWorker):
    def events(self, frames: Sequence[AnyFrame], options: AnyOptions) -> Iterator[Event]:
        for event in super().events(frames, options):
            yield event
            if isinstance(event, FrameDone):
                raise WorkerLost("it is gone")


def test_what_is_done_stays_where_the_job_breaks_off(plates: list[str], tmp_path: Path) -> None:
    frames = [TextureFrame(plate, str(tmp_path / f"{index}.png")) for index, plate in enumerate(plates)]
    job = JobRun(frames, NormalMapOptions())
    with pytest.raises(WorkerLost, match="gone"):
        job.run(Dying(), lambda percent, words: None)
    assert job.done == frames[:1]


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (Queued(0), "handed in"),
        (Queued(4), "waiting for 4 frames of others"),
        (FrameStarted(1, Frame("a", "b")), "2 of 9"),
        (FrameDone(1, Frame("a", "b"), (), 2.04), "2 of 9 done, 2.0 s"),
        (FrameFailed(1, Frame("a", "b"), "BadInput", "a: is no image"), "2 of 9 failed"),
        (WorkerRestarted("it died"), "starting the worker again: it died"),
    ],
)
def test_each_event_has_its_words(event: Event, words: str) -> None:
    assert event_words(event, 9) == words


def test_a_client_takes_only_frames_of_the_jobs_kind() -> None:
    with pytest.raises(JobRefused, match=r"b\.exr: a frame for light in a job for normals"):
        WorkerClient("test").events([Frame("a.exr", "n.exr"), LightFrame("b.exr", "n.exr")], NormalsOptions())


@pytest.mark.parametrize(("frame", "options"), PAIRS, ids=lambda one: one.__name__)
def test_frames_and_options_are_those_of_the_protocol(frame: type, options: type) -> None:
    schema = json.loads(Path(protocol.__file__).with_name("protocol.schema.json").read_text("utf-8"))["$defs"]
    assert frame.kind == options.kind
    assert {field.name for field in fields(frame)} == set(schema[f"{frame.kind}_frame"]["properties"])
    assert {field.name for field in fields(options)} == set(schema[f"{options.kind}_options"]["properties"])
    assert schema[f"submit_{options.kind}"]["properties"]["job"]["const"] == options.kind


def test_the_looks_of_the_protocol_are_those_that_the_worker_takes() -> None:
    schema = json.loads(Path(protocol.__file__).with_name("protocol.schema.json").read_text("utf-8"))["$defs"]
    assert schema["normals_options"]["properties"]["looks"]["enum"] == [*LOOKS, None]


def test_every_kind_of_job_has_its_own_frames_and_options() -> None:
    assert set(get_args(AnyFrame)) == {frame for frame, _ in PAIRS}
    assert set(get_args(AnyOptions)) == {options for _, options in PAIRS}
    assert len({frame.kind for frame, _ in PAIRS}) == len(PAIRS)


def test_the_plug_ins_client_is_the_one_client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker_link.running.installed_python", lambda: Path("/the/python"))
    client = installed_client("maya")
    assert isinstance(client, WorkerClient)
    assert client._launch.python == Path("/the/python")
    assert client._name.startswith("maya ")
