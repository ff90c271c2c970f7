"""The client against real workers, which it starts, loses and finds again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.image import read_image
from core.inference.frame import FrameSettings, write_normals
from core.inference.session import open_model
from tests.core.worker.running import PATIENCE, wait_for
from worker_link.client import WorkerClient
from worker_link.errors import (
    Cancelled,
    EnvironmentBroken,
    JobRefused,
    WorkerError,
    WorkerTimeout,
    WrongVersion,
)
from worker_link.jobs import (
    Event,
    Frame,
    FrameDone,
    FrameFailed,
    FrameStarted,
    LightFrame,
    NormalsOptions,
    WorkerRestarted,
)
from worker_link.launch import Launch
from worker_link.place import FOLDER_VARIABLE, Address, Place

Plates = Callable[[int], list[Path]]


def frames_of(plates: list[Path], out: Path) -> list[Frame]:
    return [Frame(str(plate), str(out / plate.name)) for plate in plates]


def options_of(model: Path) -> NormalsOptions:
    return NormalsOptions(model=str(model), device="cpu", threads=1)


def kill() -> None:
    """Kill the worker that runs."""
    address = Place(Path(os.environ[FOLDER_VARIABLE])).read()
    assert address is not None
    os.kill(address.pid, signal.SIGKILL)


def test_a_job_from_nothing_to_normals(
    home: Path, launch: Launch, plates: Plates, tmp_path: Path, rays_model: Path
) -> None:
    chosen = plates(3)
    heard: list[Event] = []
    with WorkerClient("test", launch) as client:
        report = client.normals(frames_of(chosen, tmp_path / "out"), options_of(rays_model), heard.append)
        report.check()
        assert [done.index for done in report.done] == [0, 1, 2]
        assert [type(event).__name__ for event in heard] == ["Queued", *["FrameStarted", "FrameDone"] * 3]
        status = client.status()
        assert status["models"] == ["tiny_rays on cpu"]
        assert status["frames_done"] == 3
        assert client.ping() >= 0.0
        pid, version = client.connect()
        assert (pid, version) == (status["pid"], status["version"])
        model = open_model(rays_model, "cpu", 1)
        for plate in chosen:
            write_normals(model, plate, tmp_path / "direct.exr", None, FrameSettings())
            made = read_image(tmp_path / "out" / plate.name).pixels
            np.testing.assert_array_equal(made, read_image(tmp_path / "direct.exr").pixels)
        client.shut_down()
    wait_for(lambda: Place(home).read() is None)


def test_steadied_frames_are_those_of_the_library(
    home: Path, launch: Launch, plates: Plates, tmp_path: Path, make_tiny_model: Callable[..., Path]
) -> None:
    from core.inference.shot import ShotWriter

    model = make_tiny_model("plate")
    chosen = plates(4)
    with WorkerClient("test", launch) as client:
        options = NormalsOptions(model=str(model), device="cpu", deflicker=True)
        client.normals(frames_of(chosen, tmp_path / "out"), options).check()
    writer = ShotWriter(open_model(model, "cpu"), FrameSettings())
    for plate in chosen:
        writer.write(plate, tmp_path / "direct.exr", None)
        made = read_image(tmp_path / "out" / plate.name).pixels
        np.testing.assert_array_equal(made, read_image(tmp_path / "direct.exr").pixels)


def test_frames_that_fail_are_reported_and_the_rest_made(
    home: Path, launch: Launch, plates: Plates, tmp_path: Path, rays_model: Path
) -> None:
    chosen = [*plates(1), tmp_path / "missing.exr", *plates(2)[1:]]
    with WorkerClient("test", launch) as client:
        report = client.normals(frames_of(chosen, tmp_path / "out"), options_of(rays_model))
        assert [done.index for done in report.done] == [0, 2]
        (failed,) = report.failed
        assert (failed.index, failed.code) == (1, "FileMissing")
        assert str(chosen[1]) in failed.message
        with pytest.raises(WorkerError, match=r"1 of 3 frames failed, first: .*missing\.exr"):
            report.check()
        light = client.light([LightFrame(str(chosen[0]), str(tmp_path / "out" / chosen[0].name))])
        assert len(light.done) + len(light.failed) == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (NormalsOptions(size=7), "32 or more"),
        (NormalsOptions(detail="extreme"), "detail 'extreme' is not known"),
        (NormalsOptions(color_space="no such space"), "no such space"),
        (NormalsOptions(focal_length=35.0), "film back"),
    ],
)
def test_what_cannot_be_is_refused_at_once(
    options: NormalsOptions, words: str, home: Path, launch: Launch, plates: Plates, tmp_path: Path
) -> None:
    with WorkerClient("test", launch) as client:
        with pytest.raises(JobRefused, match=words):
            client.normals(frames_of(plates(1), tmp_path), options)
        assert client.ping() >= 0.0  # neither the client nor the worker is any worse for it


def test_a_killed_worker_costs_no_frame(
    home: Path, launch: Launch, plates: Plates, tmp_path: Path, rays_model: Path
) -> None:
    frames = frames_of(plates(12), tmp_path / "out")
    client = WorkerClient("test", launch)
    killed: list[int] = []

    def hear(event: Event) -> None:
        if isinstance(event, FrameDone) and event.index in (3, 7) and event.index not in killed:
            killed.append(event.index)
            kill()

    report = client.normals(frames, options_of(rays_model), hear)
    client.close()
    report.check()
    assert killed == [3, 7]
    assert report.restarts >= 2
    assert [done.index for done in report.done] == list(range(12))
    for frame in frames:
        assert read_image(frame.normals).channels == ("N.red", "N.green", "N.blue")


def test_a_frame_that_kills_is_given_up_and_the_rest_made(
    home: Path, launch: Launch, plates: Plates, tmp_path: Path, rays_model: Path, endless_model: Path
) -> None:
    """The model never ends, so that the worker dies at work on that frame for certain."""
    client = WorkerClient("test", launch)
    starts: list[int] = []

    def hear(event: Event) -> None:
        if isinstance(event, FrameStarted):
            starts.append(event.index)
            kill()

    report = client.normals(frames_of(plates(2), tmp_path / "out"), options_of(endless_model), hear)
    assert starts == [0, 0, 1, 1]
    assert [failed.code for failed in report.failed] == ["WorkerLost", "WorkerLost"]
    assert "died 2 times while it worked on this frame" in report.failed[0].message
    assert str(plates(1)[0]) in report.failed[0].message
    assert client.normals(frames_of(plates(1), tmp_path / "out"), options_of(rays_model)).failed == ()
    client.close()


def test_when_no_worker_can_be_had_any_more_every_frame_is_reported(
    home: Path, plates: Plates, tmp_path: Path, rays_model: Path
) -> None:
    client = WorkerClient("test", Launch(_wrapper(tmp_path / "wrapper", sys.executable)))

    def hear(event: Event) -> None:
        if isinstance(event, FrameDone) and event.index == 0:
            (tmp_path / "wrapper").write_text("#!/bin/sh\necho it is gone >&2\nexit 9\n")
            kill()

    frames = [Frame(str(plates(1)[0]), str(tmp_path / "out" / f"{number}.exr")) for number in range(200)]
    report = client.normals(frames, options_of(rays_model), hear)
    client.close()
    assert len(report.done) + len(report.failed) == 200
    assert report.failed
    assert report.failed[0].code == "EnvironmentBroken"
    assert "it is gone" in report.failed[0].message
    assert not report.cancelled


def _wrapper(path: Path, python: str) -> Path:
    path.write_text(f'#!/bin/sh\nexec "{python}" "$@"\n')
    path.chmod(0o755)
    return path


def test_cancel_ends_a_frame_in_its_middle(
    home: Path, launch: Launch, plates: Plates, tmp_path: Path, endless_model: Path, rays_model: Path
) -> None:
    client = WorkerClient("test", launch)

    def hear(event: Event) -> None:
        if isinstance(event, FrameStarted):
            threading.Thread(target=client.cancel).start()

    report = client.normals(frames_of(plates(3), tmp_path / "out"), options_of(endless_model), hear)
    assert (len(report.done), len(report.failed), len(report.cancelled)) == (0, 0, 3)
    with pytest.raises(Cancelled):
        report.check()
    client.normals(frames_of(plates(1), tmp_path / "out"), options_of(rays_model)).check()
    client.cancel()  # there is nothing to cancel: nothing happens
    client.close()


def test_leaving_the_loop_cancels_the_rest(
    home: Path, launch: Launch, plates: Plates, tmp_path: Path, endless_model: Path, rays_model: Path
) -> None:
    client = WorkerClient("test", launch)
    for event in client.normals_events(frames_of(plates(2), tmp_path), options_of(endless_model)):
        if isinstance(event, FrameStarted):
            break
    with WorkerClient("other", launch) as other:
        other.normals(frames_of(plates(1), tmp_path / "out"), options_of(rays_model)).check()
    client.normals(frames_of(plates(1), tmp_path / "out"), options_of(rays_model)).check()
    client.close()


def test_one_client_one_job(home: Path, launch: Launch, plates: Plates, tmp_path: Path, endless_model: Path) -> None:
    client = WorkerClient("test", launch)
    events = client.normals_events(frames_of(plates(1), tmp_path), options_of(endless_model))
    next(events)
    with pytest.raises(JobRefused, match="another client"):
        next(client.normals_events(frames_of(plates(1), tmp_path)))
    with pytest.raises(JobRefused, match="another one"):
        client.ping()
    client.cancel()
    assert [event for event in events if isinstance(event, (FrameDone, FrameFailed))] == []
    client.close()


def test_a_worker_that_is_told_to_end_now_is_replaced(
    home: Path, launch: Launch, plates: Plates, tmp_path: Path, rays_model: Path
) -> None:
    client = WorkerClient("test", launch)
    heard: list[Event] = []

    def hear(event: Event) -> None:
        heard.append(event)
        if isinstance(event, FrameDone) and event.index == 1:
            with WorkerClient("killjoy", launch) as other:
                other.shut_down(now=True)

    frames = [Frame(str(plates(1)[0]), str(tmp_path / "out" / f"{number}.exr")) for number in range(100)]
    client.normals(frames, options_of(rays_model), hear).check()
    client.close()


def test_clients_that_start_together_start_one_worker(home: Path, launch: Launch) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from worker_link.client import WorkerClient\n"
        "from worker_link.launch import Launch\n"
        "print(WorkerClient('twin', Launch(Path(sys.executable))).connect()[0])\n"
    )
    twins = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(4)]
    told = {twin.communicate(timeout=PATIENCE)[0].strip() for twin in twins}
    assert len(told) == 1
    assert told != {""}
    # A second start would have moved the log of the first one aside.
    assert not (home / "worker.log.old").exists()


def test_the_remains_of_a_dead_worker_are_no_obstacle(home: Path, launch: Launch) -> None:
    first = WorkerClient("test", launch)
    pid, _ = first.connect()
    os.kill(pid, signal.SIGKILL)
    first.close()
    Place(home).write(Address(1, "0" * 64, pid, "0"))  # a port that nobody listens on
    for name in ("start.lock", "worker.lock"):
        (home / name).write_text("left behind")
    with WorkerClient("test", launch) as second:
        assert second.connect()[0] != pid


def test_a_damaged_address_is_no_obstacle(home: Path, launch: Launch) -> None:
    (home / "worker.json").write_text('{"port": "many"')
    with WorkerClient("test", launch) as client:
        assert client.ping() >= 0.0


def test_an_environment_without_platelight_says_so(home: Path, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "bare")], check=True)
    client = WorkerClient("test", Launch(tmp_path / "bare" / "bin" / "python"))
    with pytest.raises(EnvironmentBroken, match="No module named 'core'") as caught:
        client.connect()
    assert str(tmp_path / "bare") in str(caught.value)
    assert "--register" in str(caught.value)
    assert "No module named 'core'" in caught.value.log


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("echo one >&2; echo two words >&2; exit 3", "exit code 3.: two words"),
        ("exit 0", "printed nothing"),
        ("echo loading >&2; exec sleep 1000", "not ready after 1 seconds: loading"),
    ],
)
def test_a_broken_environment_shows_its_last_words(script: str, words: str, home: Path, tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\n{script}\n")
    python.chmod(0o755)
    client = WorkerClient("test", Launch(python, seconds=1.0 if "sleep" in script else PATIENCE))
    with pytest.raises(EnvironmentBroken, match=words):
        client.connect()


def test_a_file_that_is_no_program_is_named(home: Path, tmp_path: Path) -> None:
    (tmp_path / "python").write_text("not a program")
    with pytest.raises(EnvironmentBroken, match=f"{tmp_path}/python: cannot be run"):
        WorkerClient("test", Launch(tmp_path / "python")).connect()


def test_a_worker_of_another_version_is_told_apart(home: Path, tmp_path: Path) -> None:
    """A worker from the future: the same greeting, another protocol."""
    code = (
        "import sys; from pathlib import Path; import worker_link.wire as wire\n"
        "wire.PROTOCOLS = (7,)\n"
        "from worker_link.place import Place; from core.worker.serve import Worker\n"
        "Worker(Place(Path(sys.argv[1]))).serve()\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(home)])
    try:
        wait_for(lambda: Place(home).read() is not None)
        with pytest.raises(WrongVersion, match=r"speaks protocol 7, this plug-in 1.*--stop"):
            WorkerClient("test", Launch(tmp_path / "never used")).connect()
    finally:
        process.kill()
        process.wait()


def test_a_worker_that_hangs_is_named(home: Path, launch: Launch, plates: Plates, tmp_path: Path) -> None:
    client = WorkerClient("test", launch, silence_seconds=1.0)
    pid, _ = client.connect()
    os.kill(pid, signal.SIGSTOP)
    try:
        with pytest.raises(WorkerTimeout, match=f"process {pid}"):
            client.ping()
    finally:
        os.kill(pid, signal.SIGCONT)


def test_restarts_are_told(home: Path, launch: Launch, plates: Plates, tmp_path: Path, rays_model: Path) -> None:
    client = WorkerClient("test", launch)
    client.connect()
    kill()
    heard: list[Event] = []
    client.normals(frames_of(plates(1), tmp_path / "out"), options_of(rays_model), heard.append).check()
    client.close()
    assert [type(event) for event in heard if isinstance(event, WorkerRestarted)] == [WorkerRestarted]
