"""`platelight bench`: how fast this machine does each part of the work, as ratios taken in one run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from core.bench import LeftOut, Row, Settings

__all__ = ["bench"]

_ORDER = ("generation", "loading", "training", "inference", "torch", "relight", "exr")


def bench(
    only: Annotated[
        str, typer.Option(help=f"Comma-separated parts to measure: {', '.join(_ORDER)}.", show_default="all")
    ] = ",".join(_ORDER),
    quick: Annotated[
        bool, typer.Option("--quick", help="Tiny pictures, a few rounds: shows that everything runs, and no more.")
    ] = False,
    threads: Annotated[int, typer.Option(min=0, help="Processor threads; 0 is all that there are.")] = 0,
    rounds: Annotated[int, typer.Option(min=2, help="Rounds of each measurement, at most.")] = 9,
    seconds: Annotated[float, typer.Option(min=0.0, help="Time after which a measurement has rounds enough.")] = 20.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on standard output instead of a table.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the table as Markdown.")] = False,
) -> None:
    """Measure speed: a table of figures, each beside a baseline timed in the same minutes.

    The ratio is time over the baseline's time: 1 is as fast, 2 takes twice as long. Baselines are what the machine or
    the bare library could do: OpenImageIO, onnxruntime and torch called with nothing around them, plain reading of
    the same bytes, the memory's bandwidth. Parts whose packages are not installed are named with the remedy. Leave the
    machine alone meanwhile; it takes several minutes.

    Examples:

        platelight bench

        platelight bench --only inference,relight --markdown

        platelight bench --quick
    """
    import json
    import tempfile
    from pathlib import Path

    from core.bench import LeftOut, Settings
    from core.bench.machine import busy, machine
    from core.bench.table import render, worst
    from core.cli.console import console, progress
    from core.cores import usable_cores
    from core.errors import BadConfig

    parts = _chosen(only)
    if as_json and markdown:
        raise BadConfig("--json and --markdown exclude each other; choose one")
    threads = threads or usable_cores()
    facts = machine(threads)
    if busy(facts):
        console.print(f"[yellow]{busy(facts)}[/yellow]")
    rows: list[Row] = []
    left_out: list[LeftOut] = []
    with tempfile.TemporaryDirectory(prefix="platelight-bench-") as folder, progress() as bar:
        task = bar.add_task("bench", total=len(parts))
        for part in parts:
            bar.update(task, note=part)
            place = Path(folder) / part
            place.mkdir()
            settings = Settings(place, threads, 2 if quick else rounds, 0.0 if quick else seconds, quick)
            for found in _measured(part, settings):
                if isinstance(found, LeftOut):
                    left_out.append(found)
                    continue
                rows.append(found)
                bar.update(task, note=f"{part}: {found.what}")
            bar.advance(task)
    if as_json:
        value = {
            "format": 1,
            "machine": facts,
            "quick": quick,
            "rows": [row.to_json() for row in rows],
            "left_out": [one.to_json() for one in left_out],
            "worst": [row.to_json() for row in worst(rows)],
        }
        print(json.dumps(value, indent=2))
        return
    print(render(rows, left_out, facts, markdown))
    if quick:
        console.print("--quick: tiny pictures; none of these figures says how fast anything is")


def _chosen(text: str) -> list[str]:
    from core.errors import BadConfig

    wanted = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in wanted if name not in _ORDER]
    if unknown or not wanted:
        raise BadConfig(f"--only {text!r}: the parts are {', '.join(_ORDER)}")
    return [name for name in _ORDER if name in wanted]


def _measured(part: str, settings: Settings) -> Iterator[Row | LeftOut]:
    """The rows of one part. What it lacks becomes a line with the remedy, and the other parts are still measured."""
    from core.bench import LeftOut
    from core.cli.main import missing_extra
    from core.errors import MissingPart, WorkFailed

    try:
        yield from _part(part)(settings)
    except ModuleNotFoundError as error:
        if error.name is None:
            raise
        try:
            why = str(missing_extra(error.name.split(".")[0]))
        except KeyError:  # a package that no extra brings: this installation is broken, and the command says so
            raise error from None
        yield LeftOut(part, "the whole part", why)
    except MissingPart as error:
        yield LeftOut(part, "the whole part", str(error))
    except WorkFailed as error:
        if type(error) is not WorkFailed:
            raise  # a full disk or Ctrl-C ends the whole run
        yield LeftOut(part, "the rest of the part", str(error))


def _part(name: str) -> Callable[[Settings], Iterator[Row | LeftOut]]:
    if name == "generation":
        from core.cli.bench_generation import measure_generation

        return measure_generation
    from core.bench.parts import load_part

    return load_part(name)
