"""The main job, step by step: scenes, training, export, normals, relighting, and the page about it."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from core.atomic import write_bytes, write_json, write_text
from core.card import load_card
from core.demo import facts, pictures
from core.demo.commands import run_platelight
from core.demo.page import PageContent, PlateShow, Step, render_page
from core.demo.plates import DemoPlate, named_plates, photographs
from core.errors import BadInput
from core.inference.session import DEFAULT_MODEL
from core.relight.lights_file import EXAMPLE, write_lights

__all__ = ["DemoSettings", "run_demo"]

_MARKER = ".platelight-demo.json"
_FRAMES_SHOWN = 3


@dataclass(frozen=True)
class DemoSettings:
    """What the demo does.

    Attributes:
        out: its folder; new, empty, or one that an earlier demo made.
        plate: a file, folder or frame pattern of the user's, or None.
        quick: a taste: few scenes, few steps, one photograph; for tests and slow machines.
        say: called with a line of text at the beginning and the end of every step.
        run: runs one `platelight` command and returns its seconds; tests put their own here.
    """

    out: Path
    plate: str | None = None
    quick: bool = False
    say: Callable[[str], None] = field(default=print)
    run: Callable[[Sequence[str]], float] = field(default=run_platelight)

    @property
    def scenes(self) -> int:
        """How many scenes are rendered."""
        return 6 if self.quick else 24

    @property
    def frames(self) -> int:
        """How many frames one round of the key light has."""
        return 6 if self.quick else 20


def run_demo(settings: DemoSettings) -> Path:
    """Run the main job and write its page.

    Scenes of an earlier run are kept (the same seed gives the same scenes); everything after them is made again.

    Returns:
        Path of `index.html`.

    Raises:
        BadInput: the folder holds other things; the user's plate cannot be used.
        PlatelightError: as the steps.
    """
    out = settings.out
    _claim(out)
    # First of all what the user named: a wrong path should not come to light after three minutes.
    mine = named_plates(settings.plate, out / "normals" / "yours") if settings.plate else ()
    theirs = photographs(out / "plates", out / "normals")[: 1 if settings.quick else None]

    scenes = _scenes(settings)
    training = _training(settings)
    export = _export(settings)
    normals = _normals(settings, mine, theirs)
    relighting, shows = _relighting(settings, (*mine, *theirs))

    curve, card = facts.read_curve(out / "run"), load_card(out / "model")
    shipped = load_card(DEFAULT_MODEL)
    steps = (scenes, training, export, normals, relighting)
    content = PageContent(
        summary="Everything on this page was made on this machine just now, but for the shipped model, which was "
        f"trained before in the same way. It took {_clock(sum(step.seconds for step in steps))}.",
        steps=steps,
        contact_sheet=pictures.embed_file(out / "scenes" / "contact_sheet.png", 1600),
        scene_facts=facts.scene_rows(facts.read_json_lines(out / "scenes" / "manifest.jsonl")),
        curve_svg=facts.training_svg(curve),
        training_facts=facts.training_rows(json.loads((out / "run" / "config.json").read_text("utf-8")), curve),
        export_facts=facts.export_rows(card),
        model_facts=facts.card_rows(shipped),
        plates=shows,
        files=_files(bool(mine)),
        machine=facts.machine_rows(),
    )
    page = out / "index.html"
    write_text(page, render_page(content))
    settings.say(f"6/6 the page: {page}")
    return page


def _claim(out: Path) -> None:
    """Mark the folder as the demo's, so that a later run may replace what is in it and no other folder is touched."""
    if out.is_dir() and any(out.iterdir()) and not (out / _MARKER).is_file():
        raise BadInput(f"{out}: is not empty and was not made by the demo; choose another folder with --out")
    write_json(out / _MARKER, {"made_by": "platelight demo"})


def _step(settings: DemoSettings, number: int, title: str, work: Callable[[], tuple[str, str]]) -> Step:
    settings.say(f"{number}/6 {title}")
    started = time.monotonic()
    command, headline = work()
    seconds = time.monotonic() - started
    settings.say(f"    {headline} ({seconds:.1f} s)")
    return Step(title, command, headline, seconds)


def _scenes(settings: DemoSettings) -> Step:
    folder = settings.out / "scenes"
    # The size stays in --quick too: it is part of what the recipe promises.
    arguments = ["generate", "--recipe", "plate_normals", "--count", str(settings.scenes), "--seed", "7"]
    arguments += ["--size", "256", "--out", str(folder)]

    def work() -> tuple[str, str]:
        settings.run(arguments)
        count = len(facts.read_json_lines(folder / "manifest.jsonl"))
        return _shown(arguments), f"{count} scenes, each with its beauty and camera-space normals"

    return _step(settings, 1, "Render random scenes", work)


def _training(settings: DemoSettings) -> Step:
    run = settings.out / "run"
    arguments = ["train", "plate_normals", "--data", str(settings.out / "scenes"), "--out", str(run)]
    arguments += ["--recipe", "plate_normals_demo"]
    arguments += ["--steps", "10"] if settings.quick else []

    def work() -> tuple[str, str]:
        shutil.rmtree(run, ignore_errors=True)  # made again rather than resumed, so that its numbers are seen to fall
        settings.run(arguments)
        return _shown(arguments), facts.error_words(facts.read_curve(run))

    return _step(settings, 2, "Train for a moment", work)


def _export(settings: DemoSettings) -> Step:
    model = settings.out / "model"
    arguments = ["export", str(settings.out / "run"), "--out", str(model)]

    def work() -> tuple[str, str]:
        shutil.rmtree(model, ignore_errors=True)
        settings.run(arguments)
        card = load_card(model)
        return _shown(arguments), f"{card.weights} with its card, checked against torch: {facts.parity_words(card)}"

    return _step(settings, 3, "Export, checked against torch", work)


def _normals(settings: DemoSettings, mine: Sequence[DemoPlate], theirs: Sequence[DemoPlate]) -> Step:
    out = settings.out

    def work() -> tuple[str, str]:
        for plates in (mine, theirs):
            frames = [str(frame) for plate in plates for frame in plate.frames]
            if not frames:
                continue
            folder = plates[0].normals[0].parent
            settings.run(["normals", *frames, "--out", str(folder), "--model", DEFAULT_MODEL, "--overwrite"])
            first_frames = [str(plate.frames[0]) for plate in plates]
            quick = out / "normals_quick" / folder.relative_to(out / "normals")
            settings.run(["normals", *first_frames, "--out", str(quick), "--model", str(out / "model"), "--overwrite"])
        count = sum(len(plate.frames) for plate in (*mine, *theirs))
        words = "1 plate" if count == 1 else f"{count} plates"
        example = ["normals", str(theirs[0].frames[0]), "--out", str(out / "normals"), "--model", DEFAULT_MODEL]
        return _shown(example), f"{words} given a float N layer by the shipped model, {DEFAULT_MODEL}"

    return _step(settings, 4, "Normals of real plates", work)


def _relighting(settings: DemoSettings, plates: Sequence[DemoPlate]) -> tuple[Step, list[PlateShow]]:
    out = settings.out
    lights, folder = out / "lights.json", out / "relit"
    shows: list[PlateShow] = []

    def work() -> tuple[str, str]:
        write_lights(lights, EXAMPLE)
        example: list[str] = []
        for plate in plates:
            arguments = ["relight", str(plate.frames[0]), "--normals", str(plate.normals[0]), "--lights", str(lights)]
            arguments += ["--out", str(folder / f"{plate.name}.exr"), "--passes"]
            arguments += ["--preview", str(folder / f"{plate.name}.png")]
            settings.run(arguments)
            example = example or arguments
            shows.append(_show(settings, plate, folder))
        return _shown(example), f"{len(plates)} plates relit, {settings.frames} frames each with a moving key light"

    return _step(settings, 5, "Relight with a moving key light", work), shows


def _show(settings: DemoSettings, plate: DemoPlate, folder: Path) -> PlateShow:
    out = settings.out
    picture, normals = pictures.small_pair(plate.frames[0], plate.normals[0])
    animation = pictures.embed_animation(pictures.key_light_frames(picture, normals, settings.frames))
    write_bytes(folder / f"{plate.name}_key_light.webp", animation.data)
    write_bytes(folder / f"{plate.name}_strip.jpg", pictures.strip(picture, normals).data)
    quick_path = out / "normals_quick" / plate.normals[0].relative_to(out / "normals")
    _, quick = pictures.small_pair(plate.frames[0], quick_path)
    later = list(zip(plate.frames, plate.normals, strict=True))[1:]
    stride = max(1, -(-len(later) // _FRAMES_SHOWN))
    thumbnails = []
    for frame, layer in later[::stride]:
        small, small_normals = pictures.small_pair(frame, layer, side=240)
        thumbnails.append((frame.name, pictures.embed_plate(small), pictures.embed_normals(small_normals)))
    return PlateShow(
        name=plate.name,
        caption=plate.origin,
        plate=pictures.embed_plate(picture),
        normals=pictures.embed_normals(normals),
        quick_normals=pictures.embed_normals(quick),
        animation=animation,
        frames=thumbnails,
    )


def _files(has_mine: bool) -> list[tuple[str, str]]:
    rows = [
        ("rendered scenes, packed", "scenes/"),
        ("training run", "run/"),
        ("exported model with its card", "model/"),
        ("photographs", "plates/"),
        ("normals, float EXR, layer N", "normals/"),
        ("relit plates, EXR with layers; PNG; WebP; strips of plate, normals and light", "relit/"),
        ("the lights", "lights.json"),
    ]
    return [*rows[:5], ("normals of your plates", "normals/yours/"), *rows[5:]] if has_mine else rows


def _shown(arguments: Sequence[str]) -> str:
    """The command as one would type it."""
    return " ".join(["platelight", *(f"'{part}'" if " " in part else part for part in arguments)])


def _clock(seconds: float) -> str:
    return f"{int(seconds // 60)} min {seconds % 60:.0f} s" if seconds >= 60 else f"{seconds:.0f} s"
