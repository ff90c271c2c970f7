"""Whether the normals of a plate change with its resolution, show seams, or cost too much at 4K.

    .venv/bin/python benchmarks/high_resolution.py PLATE... [--model NAME] [--fov DEGREES] [--details ...]
        [--reference FOLDER]

Each plate is enlarged to 1024, 2048 and 4096 pixels along its longer side (Lanczos, in scene-linear light; a plate that
is larger already is shrunk instead) and its normals are predicted at each. For every `--detail`:

1K-4K       mean angle between the answer at 1024, enlarged, and the answer at 4096, degrees (2K-4K alike)
border      mean step between neighbouring pixels across the borders of the tiles, over the mean step elsewhere in the
            finest view: 1 is no seam. Tiles that stand alone (`--tile`) are shown beside it
seconds, CPU s, MiB
            of a process of its own that reads and writes the 4096 file, with the machine's load average before it

`--reference` names a folder of NAME_plate.png with NAME_normals.exr (N.X N.Y N.Z, A = 1 where trusted): for these the
mean error and the error within 3 pixels of steps above 20 degrees are printed by detail, which is what the default
was chosen by. Nothing is trained upon them.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import numpy.typing as npt
import OpenImageIO as oiio  # noqa: N813
from columns import means
from inference_plates import load_plate

from core.image import Image, read_image, write_image
from core.inference.blur import box_mean
from core.inference.detail import Detail
from core.inference.lens import Lens, plate_window
from core.inference.plate_normals import ViewSettings, make_views, predict, predict_views, view_sizes
from core.inference.resample import enlarge_normals
from core.inference.session import NormalsModel, open_model
from core.inference.tiling import tile_grid
from core.normals import angular_error_degrees

FloatArray = npt.NDArray[np.float32]

ROOT = Path(__file__).resolve().parent.parent
CORES = 2
LONG_SIDES = (1024, 2048, 4096)
EDGE_DEGREES, EDGE_PIXELS = 20.0, 3


def main() -> int:
    """Measure and print; 0."""
    parser = argparse.ArgumentParser(description="Resolution, seams, time and memory of platelight normals.")
    parser.add_argument("plates", nargs="*", type=Path)
    parser.add_argument("--model")
    parser.add_argument("--fov", type=float)
    parser.add_argument("--details", nargs="+", default=[*Detail], choices=[*Detail])
    parser.add_argument("--reference", type=Path, action="append", default=[], help="folder of plates with references")
    parser.add_argument("--limit", type=int, default=1000, help="plates of each reference folder")
    parser.add_argument("--no-cost", action="store_true", help="leave time and memory out")
    arguments = parser.parse_args()
    model = open_model(arguments.model, "cpu")
    lens = Lens(fov_degrees=arguments.fov)
    print(f"model {model.card.name} {model.card.version}, work size {model.card.work_size}")
    if arguments.plates:
        _resolutions(model, lens, arguments.plates, arguments.details)
        _seams(model, lens, arguments.plates)
        if not arguments.no_cost:
            _cost(arguments.plates[0], arguments.details, arguments.model)
    if arguments.reference:
        _accuracy(model, lens, arguments.reference, arguments.details, arguments.limit)
    return 0


def resized(plate: FloatArray, long_side: int) -> FloatArray:
    """A scene-linear plate whose longer side is `long_side` pixels; Lanczos, three lobes, clipped at 0."""
    height, width = plate.shape[:2]
    scale = long_side / max(height, width)
    spec = oiio.ImageSpec(round(width * scale), round(height * scale), 3, oiio.FLOAT)
    result = oiio.ImageBuf(spec)
    if not oiio.ImageBufAlgo.resize(result, oiio.ImageBuf(np.ascontiguousarray(plate)), filtername="lanczos3"):
        raise RuntimeError(result.geterror())
    return np.maximum(np.asarray(result.get_pixels(oiio.FLOAT), dtype=np.float32), 0.0)


def seam_ratio(normals: FloatArray, borders: tuple[set[int], set[int]]) -> float:
    """Mean step across the given borders over the mean step elsewhere.

    Args:
        normals: (H, W, 3) unit normals.
        borders: rows and columns that begin after a border.
    """
    at, elsewhere = [], []
    for axis, starts in enumerate(borders):
        first = normals[:-1] if axis == 0 else normals[:, :-1]
        second = normals[1:] if axis == 0 else normals[:, 1:]
        steps = angular_error_degrees(first, second).mean(axis=1 - axis)
        chosen = np.isin(np.arange(1, normals.shape[axis]), sorted(starts))
        at.append(steps[chosen])
        elsewhere.append(steps[~chosen])
    return float(np.concatenate(at).mean() / np.concatenate(elsewhere).mean())


def _resolutions(model: NormalsModel, lens: Lens, plates: list[Path], details: list[str]) -> None:
    print(f"\n{'plate':<16}{'detail':<8}{'1K-4K':>8}{'2K-4K':>8}   degrees, mean")
    gathered: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for path in plates:
        plate = load_plate(path)
        for detail in details:
            settings = ViewSettings(detail=Detail(detail))
            answers = [
                predict(model, resized(plate, side), lens=lens, settings=settings).normals for side in LONG_SIDES
            ]
            height, width = answers[-1].shape[:2]
            enlarged = (enlarge_normals(answer, height, width, 0, height) for answer in answers[:2])
            first, second = (_mean_angle(answer, answers[-1]) for answer in enlarged)
            gathered[detail].append((first, second))
            print(f"{path.stem:<16}{detail:<8}{first:>8.2f}{second:>8.2f}", flush=True)
    for detail, rows in gathered.items():
        print(f"{'mean':<16}{detail:<8}{np.mean(rows, axis=0)[0]:>8.2f}{np.mean(rows, axis=0)[1]:>8.2f}")


def _mean_angle(first: FloatArray, second: FloatArray) -> float:
    rows = range(0, first.shape[0], 256)
    return float(np.mean([angular_error_degrees(first[r : r + 256], second[r : r + 256]).mean() for r in rows]))


def _seams(model: NormalsModel, lens: Lens, plates: list[Path]) -> None:
    print(f"\n{'plate':<16}{'high':>8}{'--tile':>8}   steps at tile borders over steps elsewhere")
    for path in plates:
        plate = resized(load_plate(path), 2048)
        height, width = plate.shape[:2]
        window = plate_window(width, height, lens, model.card.default_fov_degrees)
        ratios = []
        for settings in (ViewSettings(detail=Detail.HIGH), ViewSettings(tile=True)):
            views = make_views([plate], height, width, view_sizes(model, height, width, settings))
            rows, columns = views[-1].shape[:2]
            side = model.card.work_size
            tiles = list(tile_grid(rows, columns, side, side // 4, model.card.multiple_of))
            ends = (
                {edge for tile in tiles for edge in (tile.top, tile.bottom)} - {0, rows},
                {edge for tile in tiles for edge in (tile.left, tile.right)} - {0, columns},
            )
            ratios.append(seam_ratio(predict_views(model, views, window, settings).normals, ends))
        print(f"{path.stem:<16}{ratios[0]:>8.3f}{ratios[1]:>8.3f}", flush=True)


def _cost(path: Path, details: list[str], model: str | None) -> None:
    with tempfile.TemporaryDirectory(prefix="platelight-benchmark-") as folder:
        source = Path(folder) / "plate.exr"
        plate = resized(load_plate(path), LONG_SIDES[-1])
        write_image(source, Image(plate, ("R", "G", "B")), dtype="half")
        size = f"{plate.shape[1]}x{plate.shape[0]}"
        del plate
        print(f"\n{size}, 2 cores{'':<4}{'seconds':>9}{'CPU s':>8}{'MiB':>7}{'load':>7}")
        for detail in details:
            load = os.getloadavg()[0]
            seconds, computing, peak = _run(source, Path(folder) / "out", ["--detail", detail], model)
            print(f"{detail:<22}{seconds:>9.1f}{computing:>8.1f}{peak:>7.0f}{load:>7.1f}", flush=True)


def _run(plate: Path, out: Path, options: list[str], model: str | None) -> tuple[float, float, float]:
    """Seconds on the wall, seconds of computing and peak MiB of one `platelight normals` on 2 cores.

    Raises:
        SystemExit: the run failed.
    """
    command = [sys.executable, "-m", "core.cli.main", "normals", str(plate), "--out", str(out), "--overwrite"]
    command += ["--device", "cpu", "--threads", str(CORES), *options, *(["--model", model] if model else [])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    started = time.perf_counter()
    # A small process starts the work, since a child's peak memory begins at what its parent holds.
    program = (
        "import resource, subprocess, sys\n"
        "done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)\n"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "sys.stderr.write(done.stderr if done.returncode else '')\n"
        "print(done.returncode, used.ru_utime + used.ru_stime, used.ru_maxrss)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *command], env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    elapsed = time.perf_counter() - started
    code, computing, peak = done.stdout.split()
    if int(code):
        raise SystemExit(int(code))
    return elapsed, float(computing), float(peak) / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def _accuracy(model: NormalsModel, lens: Lens, folders: list[Path], details: list[str], limit: int) -> None:
    print(f"\n{'set':<16}{'detail':<8}{'mean':>8}{'edge':>8}{'plates':>8}   degrees")
    over: dict[str, list[list[float]]] = defaultdict(list)
    for folder in folders:
        found: dict[str, list[list[float]]] = defaultdict(list)
        for path in sorted(folder.rglob("*_plate.png"))[:limit]:
            plate = load_plate(path)
            image = read_image(path.with_name(path.name.replace("_plate.png", "_normals.exr")))
            reference = np.stack([image.pixels[..., image.channels.index(f"N.{axis}")] for axis in "XYZ"], axis=-1)
            trusted = image.pixels[..., image.channels.index("A")] > 0.5
            edge = near_steps(reference, trusted)
            for detail in details:
                answer = predict(model, plate, lens=lens, settings=ViewSettings(detail=Detail(detail)))
                error = angular_error_degrees(answer.normals, reference)
                found[detail].append(
                    [float(error[trusted].mean()), float(error[edge].mean()) if edge.any() else np.nan]
                )
        for detail, rows in found.items():
            mean = means(rows)
            over[detail].append(mean)
            print(f"{folder.name:<16}{detail:<8}{mean[0]:>8.2f}{mean[1]:>8.2f}{len(rows):>8}", flush=True)
    for detail, of_sets in over.items():
        mean = means(of_sets)
        print(f"{'mean of sets':<16}{detail:<8}{mean[0]:>8.2f}{mean[1]:>8.2f}")


def near_steps(reference: FloatArray, trusted: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """(H, W) trusted pixels within `EDGE_PIXELS` of a step above `EDGE_DEGREES` between trusted neighbours."""
    step = np.zeros(trusted.shape, dtype=np.float32)
    for axis in (0, 1):
        low = (slice(None, -1), slice(None)) if axis == 0 else (slice(None), slice(None, -1))
        high = (slice(1, None), slice(None)) if axis == 0 else (slice(None), slice(1, None))
        large = angular_error_degrees(reference[low], reference[high]) > EDGE_DEGREES
        step[high] += large & trusted[low] & trusted[high]
    near: npt.NDArray[np.bool_] = (box_mean(step, EDGE_PIXELS) > 1e-6) & trusted
    return near


if __name__ == "__main__":
    sys.exit(main())
