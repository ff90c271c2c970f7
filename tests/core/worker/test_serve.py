"""The worker as a process of its own, and what it makes of clients that are rude, broken, or not ours."""

from __future__ import annotations

import json
import signal
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.image import read_image
from core.inference.frame import FrameSettings, write_normals
from core.inference.session import open_model
from core.worker.visit import ask
from tests.core.worker.protocol_check import problems
from tests.core.worker.running import PATIENCE, Running, hear, hear_end, hear_job, started, wait_for
from worker_link import wire
from worker_link.place import Address
from worker_link.wire import Channel, Closed, Refused, greet_worker

Plates = Callable[[int], list[Path]]
SCHEMA = json.loads(Path(wire.__file__).with_name("protocol.schema.json").read_text("utf-8"))


def submit(name: str, plates: list[Path], out: Path, **options: Any) -> dict[str, Any]:
    frames = [{"plate": str(plate), "normals": str(out / plate.name)} for plate in plates]
    return {"type": "submit", "id": name, "job": "normals", "frames": frames, "options": options}


def checked(message: dict[str, Any], side: str) -> dict[str, Any]:
    assert problems(message, SCHEMA["$defs"][f"from_{side}"], SCHEMA) == []
    return message


def still_well(worker: Running) -> bool:
    channel = worker.enter("a neighbour")
    channel.send({"type": "ping", "id": "1"})
    answer = hear(channel)
    channel.close()
    return answer == {"type": "pong", "id": "1"}


def test_its_normals_are_those_of_the_library(
    channel: Channel, plates: Plates, tmp_path: Path, rays_model: Path
) -> None:
    (plate,) = plates(1)
    job = submit("a", [plate], tmp_path / "new" / "folder", model=str(rays_model), device="cpu", detail="low", fov=40.0)
    job["frames"][0]["preview"] = str(tmp_path / "preview.png")
    channel.send(checked(job, "client"))
    heard = [checked(message, "worker") for message in hear_job(channel, "a")]
    assert [message["type"] for message in heard] == ["accepted", "started", "done", "finished"]
    assert heard[-1] == {"type": "finished", "id": "a", "state": "done", "done": 1, "failed": 0}
    from core.inference.detail import Detail
    from core.inference.lens import Lens
    from core.inference.plate_normals import ViewSettings

    settings = FrameSettings(lens=Lens(40.0), view=ViewSettings(detail=Detail.LOW))
    write_normals(open_model(rays_model, "cpu"), plate, tmp_path / "direct.exr", None, settings)
    made = read_image(tmp_path / "new" / "folder" / plate.name)
    assert made.channels == ("N.red", "N.green", "N.blue")
    np.testing.assert_array_equal(made.pixels, read_image(tmp_path / "direct.exr").pixels)
    assert (tmp_path / "preview.png").exists()


def test_a_frame_that_fails_does_not_lose_the_others(
    channel: Channel, plates: Plates, tmp_path: Path, rays_model: Path
) -> None:
    good = plates(3)
    broken = tmp_path / "broken.exr"
    broken.write_bytes(good[0].read_bytes()[:200])
    chosen = [good[0], tmp_path / "missing.exr", good[1], broken, good[2]]
    channel.send(submit("b", chosen, tmp_path / "out", model=str(rays_model)))
    heard = [checked(message, "worker") for message in hear_job(channel, "b")]
    errors = {message["frame"]: message["error"] for message in heard if message["type"] == "failed"}
    assert {number: error["code"] for number, error in errors.items()} == {1: "FileMissing", 3: "UnreadableImage"}
    assert all(str(chosen[number]) in error["message"] for number, error in errors.items())
    assert [message["frame"] for message in heard if message["type"] == "done"] == [0, 2, 4]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(path.name for path in good)


def test_a_missing_model_fails_every_frame_with_the_remedy(channel: Channel, plates: Plates, tmp_path: Path) -> None:
    channel.send(submit("c", plates(2), tmp_path, model="/no/such/model"))
    heard = hear_job(channel, "c")
    errors = [message["error"] for message in heard if message["type"] == "failed"]
    assert [error["code"] for error in errors] == ["FileMissing", "FileMissing"]
    assert all("/no/such/model" in error["message"] and "shipped models" in error["message"] for error in errors)


def test_an_output_folder_that_cannot_be_is_named(
    channel: Channel, plates: Plates, tmp_path: Path, rays_model: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    channel.send(submit("d", plates(1), tmp_path / "file" / "below", model=str(rays_model)))
    (error,) = [message["error"] for message in hear_job(channel, "d") if message["type"] == "failed"]
    assert error["code"] == "BadInput"
    assert str(tmp_path / "file") in error["message"]


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ({"type": "dance", "id": "1"}, "not known"),
        ({"type": "ping"}, "needs an `id`"),
        ({"type": "ping", "id": 7}, "needs an `id`"),
        ({"type": "submit", "id": "1", "job": "normals", "frames": []}, "1 to 10000 frames"),
        ({"type": "submit", "id": "1", "job": "paint", "frames": [{}]}, "use normals or light"),
        ({"type": "shutdown", "id": "1", "mode": "later"}, "finish or now"),
    ],
)
def test_requests_that_cannot_be_followed_are_answered(channel: Channel, message: dict[str, Any], words: str) -> None:
    channel.send(message)
    answer = checked(hear(channel), "worker")
    assert answer["type"] == "error"
    assert words in answer["error"]["message"]
    channel.send({"type": "ping", "id": "after"})
    assert hear(channel)["type"] == "pong"


def test_status_and_the_other_answers_fit_the_schema(channel: Channel) -> None:
    for question in (
        {"type": "ping", "id": "1"},
        {"type": "status", "id": "2"},
        {"type": "capabilities", "id": "4"},
        {"type": "cancel", "id": "3", "job": "no"},
    ):
        channel.send(checked(question, "client"))
        answer = checked(hear(channel), "worker")
        assert answer["id"] == question["id"]
    assert answer == {"type": "cancelling", "id": "3", "known": False}


def test_the_greeting_fits_the_schema(worker: Running) -> None:
    channel = worker.knock()
    channel.send(
        checked({"type": "auth", "protocol": 1, "client": "x", "nonce": "0" * 32, "proof": "0" * 64}, "client")
    )
    assert checked(hear(channel), "worker")["type"] == "hello"
    assert checked(hear(channel), "worker")["code"] == "wrong_token"
    with pytest.raises(Closed):
        channel.receive(PATIENCE)


def test_a_wrong_token_is_told(worker: Running) -> None:
    with pytest.raises(Refused) as caught:
        greet_worker(worker.knock(), "0" * 64, "somebody else", PATIENCE)
    assert caught.value.code == "wrong_token"
    assert worker.address.token not in str(caught.value)


@pytest.mark.parametrize(
    "rubbish",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"\0\0\0\0",
        bytes(range(256)) * 40,
        struct.pack(">I", 0xFFFFFFFF),
        struct.pack(">I", 5) + b"\xff\xff\xff\xff\xff",
        struct.pack(">I", 100) + b'{"type":',
        b"",
    ],
    ids=["http", "empty", "noise", "huge", "not_text", "half", "nothing"],
)
def test_strangers_harm_nobody(worker: Running, rubbish: bytes) -> None:
    channel = worker.knock()
    channel._socket.sendall(rubbish)
    channel._socket.shutdown(1)
    hear_end(channel)
    assert still_well(worker)


@pytest.mark.parametrize(
    "rubbish",
    [struct.pack(">I", wire.LIMIT + 1), struct.pack(">I", 3) + b"[1]", struct.pack(">I", 900) + b'{"type":"sub'],
    ids=["oversize", "no_object", "half"],
)
def test_a_client_that_breaks_the_form_is_let_go_and_its_jobs_with_it(worker: Running, rubbish: bytes) -> None:
    channel = worker.enter("clumsy")
    channel._socket.sendall(rubbish)
    channel._socket.shutdown(1)
    if b"sub" not in rubbish:
        assert hear(channel)["error"]["code"] == "BadMessage"
    with pytest.raises(Closed):
        channel.receive(PATIENCE)
    assert still_well(worker)

    def gone() -> bool:
        looking = worker.enter("looking")
        looking.send({"type": "status", "id": "1"})
        names = [client["name"] for client in hear(looking)["clients"]]
        looking.close()
        return "clumsy" not in names

    wait_for(gone)


def test_a_waiting_job_is_cancelled_at_once_and_a_running_one_within_its_frame(
    worker: Running, plates: Plates, tmp_path: Path, rays_model: Path, endless_model: Path
) -> None:
    first, second = worker.enter("first"), worker.enter("second")
    first.send(submit("stuck", plates(2), tmp_path / "out", model=str(endless_model)))
    hear(first, "started")
    second.send(submit("behind", plates(3), tmp_path / "out2", model=str(rays_model)))
    assert hear(second, "accepted")["ahead"] == 1
    second.send({"type": "cancel", "id": "x", "job": "behind"})
    last = {"type": "finished", "state": "cancelled", "done": 0, "failed": 0}
    assert hear(second, "finished") == {**last, "id": "behind"}
    first.send({"type": "cancel", "id": "y", "job": "stuck"})
    assert hear(first, "cancelling")["known"]
    assert hear(first, "finished") == {**last, "id": "stuck"}
    assert not (tmp_path / "out2").exists()
    assert list((tmp_path / "out").iterdir()) == []
    for channel in (first, second):
        channel.close()


def test_clients_take_turns(
    worker: Running, plates: Plates, tmp_path: Path, rays_model: Path, endless_model: Path
) -> None:
    holder, greedy, modest = worker.enter("holder"), worker.enter("greedy"), worker.enter("modest")
    holder.send(submit("hold", plates(1), tmp_path / "held", model=str(endless_model)))
    hear(holder, "started")
    greedy.send(submit("many", plates(6), tmp_path / "many", model=str(rays_model)))
    hear(greedy, "accepted")
    modest.send(submit("one", plates(1), tmp_path / "one", model=str(rays_model)))
    hear(modest, "accepted")
    holder.send({"type": "cancel", "id": "go", "job": "hold"})
    assert hear(greedy, "finished")["done"] == 6
    assert hear(modest, "finished")["done"] == 1
    made = [*(tmp_path / "many").glob("*.exr"), *(tmp_path / "one").glob("*.exr")]
    made.sort(key=lambda path: path.stat().st_mtime_ns)
    assert made[1].parent.name == "one"
    for channel in (holder, greedy, modest):
        channel.close()


def test_jobs_of_a_client_that_leaves_are_dropped(
    worker: Running, plates: Plates, tmp_path: Path, rays_model: Path, endless_model: Path
) -> None:
    leaving, staying = worker.enter("leaving"), worker.enter("staying")
    leaving.send(submit("left", plates(3), tmp_path / "out", model=str(endless_model)))
    hear(leaving, "started")
    staying.send(submit("mine", plates(1), tmp_path / "mine", model=str(rays_model)))
    leaving.close()
    assert hear(staying, "finished")["done"] == 1
    assert list((tmp_path / "out").iterdir()) == []
    staying.close()


def test_light_is_estimated_and_frames_without_normals_told(
    channel: Channel, plates: Plates, tmp_path: Path, rays_model: Path
) -> None:
    (plate,) = plates(1)
    channel.send(submit("n", [plate], tmp_path, model=str(rays_model)))
    hear_job(channel, "n")
    good = {"plate": str(plate), "normals": str(tmp_path / plate.name), "light": str(tmp_path / "light.json")}
    bad = {"plate": str(plate), "normals": str(tmp_path / "missing.exr")}
    channel.send(checked({"type": "submit", "id": "l", "job": "light", "frames": [bad, good]}, "client"))
    heard = [checked(message, "worker") for message in hear_job(channel, "l")]
    (failed,) = [message for message in heard if message["type"] == "failed"]
    (done,) = [message for message in heard if message["type"] == "done"]
    assert (failed["frame"], failed["error"]["code"]) == (0, "FileMissing")
    assert done["frame"] == 1
    assert json.loads((tmp_path / "light.json").read_text()) == done["light"]


def test_it_is_the_only_one_and_says_which(worker: Running) -> None:
    words = f"running already .process {worker.process.pid}."
    with pytest.raises(AssertionError, match=words), started(worker.folder):
        pass
    assert still_well(worker)


def test_it_ends_when_idle_though_a_client_is_connected(tmp_path: Path) -> None:
    with started(tmp_path, "--idle-minutes", "0.01") as running:
        channel = running.enter("idle")
        assert running.process.wait(PATIENCE) == 0
        hear_end(channel)
    assert running.place.read() is None
    assert "no job for 0.6 seconds" in running.log()


def test_a_signal_ends_it_without_half_a_file(tmp_path: Path, plates: Plates, rays_model: Path) -> None:
    folder = tmp_path / "worker"
    folder.mkdir()
    with started(folder) as running:
        channel = running.enter("busy")
        many = [plates(1)[0]] * 1
        frames = [{"plate": str(many[0]), "normals": str(tmp_path / "out" / f"{number}.exr")} for number in range(3000)]
        channel.send(
            {"type": "submit", "id": "a", "job": "normals", "frames": frames, "options": {"model": str(rays_model)}}
        )
        hear(channel, "done")
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(PATIENCE) == 1
        assert hear(channel, "finished")["state"] == "cancelled"
    assert running.place.read() is None
    assert [path.name for path in (tmp_path / "out").iterdir() if "partial" in path.name] == []
    assert "stopped by SIGTERM" in running.log()


def test_told_to_finish_it_does_and_takes_nothing_new(
    tmp_path: Path, plates: Plates, rays_model: Path, endless_model: Path
) -> None:
    folder = tmp_path / "worker"
    folder.mkdir()
    with started(folder) as running:
        holder, channel = running.enter("holder"), running.enter("busy")
        holder.send(submit("hold", plates(1), tmp_path / "held", model=str(endless_model)))
        hear(holder, "started")
        channel.send(submit("a", plates(2), tmp_path / "out", model=str(rays_model)))
        hear(channel, "accepted")
        assert ask(running.place, {"type": "shutdown"}) == {"type": "ending", "id": "1", "mode": "finish"}
        channel.send(submit("b", plates(1), tmp_path / "out", model=str(rays_model)))
        assert checked(hear(channel, "error"), "worker")["error"]["code"] == "Ending"
        holder.send({"type": "cancel", "id": "go", "job": "hold"})
        assert hear(channel, "finished")["done"] == 2
        assert running.process.wait(PATIENCE) == 0
    assert ask(running.place, {"type": "status"}) is None


def test_the_remains_of_a_dead_worker_are_no_obstacle(tmp_path: Path) -> None:
    with started(tmp_path) as running:
        dead = running.address
        running.process.kill()
        running.process.wait()
        assert running.place.read() == dead  # nobody could take it away
        assert ask(running.place, {"type": "status"}) is None
    with started(tmp_path) as running:
        assert running.address != dead
        assert still_well(running)
        running.place.write(Address(dead.port, "stale", dead.pid, "0"))
        assert running.process.wait(PATIENCE) == 0, "a worker that cannot be found ends"
