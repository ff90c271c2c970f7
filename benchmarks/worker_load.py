"""How the worker bears load and loss, and what it costs a frame.

    python benchmarks/worker_load.py                      # 8 clients, 500 frames, kill -9 in the middle
    python benchmarks/worker_load.py --overhead           # a 1080p frame through the worker, beside the library itself

The first half starts client processes that share one worker, kills the worker with SIGKILL once half of the frames have
arrived, and counts: a frame is done (its EXR is there and can be read), reported as failed, or lost. Exit code 1 if one
was lost, if a half-written EXR was found, or if more than one worker ran at a time.

The second half makes the same frame in turn in four ways: the network on pixels in memory (`predict`), from file to
file in this process (`write_normals`), through the worker, and through the worker with the plate written before and the
normals read after, as a host does. What the third adds to the second is what the worker costs: the files are the same.
What the files cost is seen beside the first. Leave the machine alone for this half. Exit code 1 if the worker takes
more than 15 % longer than the library called directly from file to file.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from core.image import Image, read_image, write_image
from worker_link.place import FOLDER_VARIABLE, Place

__all__ = ["client", "load", "main", "overhead"]

_LIMIT = 0.15


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one half; 0 if it holds what it must."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--frames", type=int, default=500, help="of all clients together")
    parser.add_argument("--kills", type=int, default=1, help="how often the worker is killed, evenly over the frames")
    parser.add_argument("--model", help="name or folder [default: the shipped one]")
    parser.add_argument("--size", type=int, default=32, help="short side of what the model sees, for the load")
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--overhead", action="store_true")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--plate", type=int, nargs=2, default=(1920, 1080), metavar=("WIDTH", "HEIGHT"))
    parser.add_argument("--client", nargs=4, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.client:
        return client(*given.client)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "worker"
        home.mkdir(mode=0o700)
        os.environ[FOLDER_VARIABLE] = str(home)
        try:
            if given.overhead:
                return overhead(Path(folder), given.model, given.threads, given.rounds, tuple(given.plate))
            return load(Path(folder), given.clients, given.frames, given.kills, given.model, given.size, given.threads)
        finally:
            address = Place(home).read()
            if address is not None:
                os.kill(address.pid, signal.SIGTERM)


def load(folder: Path, clients: int, frames: int, kills: int, model: str | None, size: int, threads: int | None) -> int:
    """Share `frames` among `clients`, kill the worker on the way, and print what became of every frame."""
    rng = np.random.default_rng(0)
    plates = []
    for number in range(16):
        plates.append(folder / "plates" / f"plate.{1001 + number}.exr")
        write_image(plates[-1], Image(rng.random((48, 64, 3), dtype=np.float32), ("R", "G", "B")))
    out = folder / "out"
    options = {"model": model, "size": size, "threads": threads, "device": "cpu"}
    shares = [len(range(which, frames, clients)) for which in range(clients)]
    began = time.perf_counter()
    running = []
    for which, share in enumerate(shares):
        job = [[str(plates[n % len(plates)]), str(out / f"{which}" / f"{n:04d}.exr")] for n in range(share)]
        (folder / f"job{which}.json").write_text(json.dumps({"frames": job, "options": options}), "utf-8")
        command = [sys.executable, __file__, "--client", str(folder / f"job{which}.json")]
        running.append(subprocess.Popen([*command, str(folder / f"told{which}.json"), sys.executable, str(which)]))
    pids = _kill_on_the_way(Place(folder / "worker"), out, frames, kills, running)
    codes = [process.wait() for process in running]
    seconds = time.perf_counter() - began
    told = [json.loads((folder / f"told{which}.json").read_text("utf-8")) for which in range(clients)]
    done = sum(len(one["done"]) for one in told)
    failed = sum(len(one["failed"]) for one in told)
    lost = frames - done - failed
    unreadable = 0
    for path in (path for one in told for path in one["done"]):
        try:
            unreadable += read_image(path).channels[:3] != ("N.red", "N.green", "N.blue")
        except Exception:  # any reason at all counts against us
            unreadable += 1
    expected = {path for one in told for path in one["done"]}
    strays = [path for path in out.rglob("*.exr") if str(path) not in expected and not path.name.startswith(".")]
    partial = sum(path.name.startswith(".") for path in out.rglob("*"))
    print(f"{clients} clients, {frames} frames of 64x48, worker killed {len(pids)} times: {seconds:.1f} s")
    print(f"done {done}, reported as failed {failed}, lost {lost}, unreadable {unreadable}, unaccounted {len(strays)}")
    print(f"restarts noticed by the clients: {[one['restarts'] for one in told]}; exit codes {sorted(set(codes))}")
    print(f"hidden temporary files left by killed workers: {partial}")
    for one in told:
        for line in one["failed"][:2]:
            print(f"  {line}")
    return int(bool(lost or unreadable or strays or any(codes)))


def _kill_on_the_way(
    place: Place, out: Path, frames: int, kills: int, running: Sequence[subprocess.Popen[bytes]]
) -> list[int]:
    """Kill the worker whenever another share of the frames has arrived; the process numbers of those killed."""
    killed: list[int] = []
    while any(process.poll() is None for process in running):
        arrived = sum(1 for path in out.rglob("*.exr") if not path.name.startswith("."))
        if len(killed) < kills and arrived >= frames * (len(killed) + 1) // (kills + 1):
            address = place.read()
            if address is not None and address.pid not in killed:
                os.kill(address.pid, signal.SIGKILL)
                killed.append(address.pid)
        time.sleep(0.02)
    return killed


def client(job: str, told: str, python: str, which: str) -> int:
    """One client process: what it imports of this project is what a host would."""
    from worker_link.client import WorkerClient
    from worker_link.jobs import Frame, NormalsOptions
    from worker_link.launch import Launch

    wanted = json.loads(Path(job).read_text("utf-8"))
    frames = [Frame(plate, normals) for plate, normals in wanted["frames"]]
    with WorkerClient(f"client {which}", Launch(Path(python))) as worker:
        report = worker.normals(frames, NormalsOptions(**wanted["options"]))
    value = {
        "done": [done.frame.to_json()["normals"] for done in report.done],
        "failed": [failed.message for failed in report.failed],
        "restarts": report.restarts,
    }
    Path(told).write_text(json.dumps(value), "utf-8")
    return 0


def overhead(folder: Path, model: str | None, threads: int | None, rounds: int, size: tuple[int, int]) -> int:
    """Time one plate in four ways, in turn, and print the medians."""
    from core.color import to_scene_linear
    from core.inference.frame import FrameSettings, write_normals
    from core.inference.plate_normals import predict
    from core.inference.session import open_model
    from worker_link.client import WorkerClient
    from worker_link.jobs import Frame, NormalsOptions
    from worker_link.launch import Launch

    width, height = size
    rng = np.random.default_rng(0)
    coarse = rng.random((height // 40 + 2, width // 40 + 2, 3), dtype=np.float32)
    plate = np.kron(coarse, np.ones((40, 40, 1), dtype=np.float32))[:height, :width]
    plate = to_scene_linear(plate + 0.02 * rng.standard_normal(plate.shape, dtype=np.float32), "srgb_rec709_scene")
    picture = Image(np.ascontiguousarray(plate, dtype=np.float32), ("R", "G", "B"))
    source, result = folder / "plate.exr", folder / "normals.exr"
    write_image(source, picture)
    loaded = open_model(model, "cpu", threads)
    options = NormalsOptions(model=model, device="cpu", threads=threads)
    worker = WorkerClient("benchmark", Launch(Path(sys.executable)))

    def through() -> None:
        worker.normals([Frame(str(source), str(result))], options).check()

    def as_a_host() -> None:
        write_image(folder / "fresh.exr", picture)
        worker.normals([Frame(str(folder / "fresh.exr"), str(result))], options).check()
        read_image(result)

    ways: dict[str, Callable[[], object]] = {
        "predict, pixels in memory": lambda: predict(loaded, plate),
        "write_normals, file to file": lambda: write_normals(loaded, source, result, None, FrameSettings()),
        "through the worker": through,
        "worker, plate written, normals read": as_a_host,
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name, way in ways.items():  # in turn: what slows the machine for a while slows all of them
            began = time.perf_counter()
            way()
            if number:  # the first round warms up
                times[name].append(time.perf_counter() - began)
    pings = [worker.ping() for _ in range(200)]
    worker.close()
    medians = {name: statistics.median(values) for name, values in times.items()}
    reference = medians["predict, pixels in memory"]
    direct = medians["write_normals, file to file"]
    for name, values in times.items():
        share = f"{100 * (medians[name] / reference - 1):+6.1f} % beside inference"
        print(
            f"{name:38} {1000 * medians[name]:8.1f} ms  {share}  ({1000 * min(values):.1f} to {1000 * max(values):.1f})"
        )
    added = medians["through the worker"] - direct
    print(f"the worker beside write_normals: {1000 * added:+.1f} ms a frame, {100 * added / direct:+.1f} %")
    print(
        f"a ping: {1e6 * statistics.median(pings):.0f} microseconds; load {os.getloadavg()[0]:.1f}; {loaded.card.name}"
    )
    return int(added / direct > _LIMIT)


if __name__ == "__main__":
    sys.exit(main())
