"""The dialogue for batch runs: plates that lie on disk, a range of frames, normals beside Nuke, no node needed."""

from __future__ import annotations

import os
from typing import Any, Callable

from nuke_plugin.batch import Batch, Outcome, start_batch
from nuke_plugin.controls import DETAILS, FIELD_OF_VIEW
from nuke_plugin.errors import BadRange, tell
from nuke_plugin.file_paths import absolute_path, named_path
from nuke_plugin.frames import parse_range, plate_files
from nuke_plugin.host import Field, Host, Node
from worker_link.jobs import Frame, NormalsOptions
from worker_link.running import Worker

__all__ = ["answers_to_job", "batch_fields", "show_batch_panel"]

_TITLE = "Platelight: batch normals"


def show_batch_panel(host: Host, make_worker: Callable[[], Worker] | None = None) -> Batch | None:
    """Ask, then run; None if the person cancelled the dialogue.

    A selected Read fills in its file and frames. When the batch is done a Read of the normals can be had.

    Raises:
        BadRange: a range or pattern that cannot be worked on.
    """
    answers = host.ask_fields(_TITLE, batch_fields(host))
    if answers is None:
        return None
    paths = {name: absolute_path(host, str(answers[name] or "")) for name in ("plates", "folder")}
    frames, options, pattern, numbers = answers_to_job({**answers, **paths})

    def finished(outcome: Outcome) -> None:
        words = outcome.words()
        if outcome.done and host.gui() and host.ask(words + "\n\nMake a Read node for the normals?"):
            made = host.create_node("Read")
            for name, value in (
                ("file", pattern),
                ("first", numbers[0]),
                ("last", numbers[-1]),
                ("origfirst", numbers[0]),
                ("origlast", numbers[-1]),
                ("raw", True),
            ):
                found = made.knob(name)
                if found is not None:
                    found.setValue(value)
        elif not outcome.done or not host.gui():
            tell(host, words)

    return start_batch(host, _TITLE, frames, options, finished, make_worker)


def batch_fields(host: Host) -> list[Field]:
    """The dialogue's lines, filled in from the selected Read and the project. Raises `BadRange` where that Read names a
    file that only Nuke can find."""
    reader = next((node for node in host.selected_nodes() if node.Class() == "Read"), None)
    plates = "" if reader is None else named_path(host, reader, "file")
    first = _value(reader, "first", _value(host.root(), "first_frame", 1))
    last = _value(reader, "last", _value(host.root(), "last_frame", 1))
    stem = os.path.dirname(plates)
    return [
        Field("plates", "Plates", "file", plates, hint="/plates/shot.%04d.exr or shot.####.exr"),
        Field("frames", "Frames", "text", f"{int(first)}-{int(last)}", hint="1001-1100, 1001-1100x10, 1001,1007"),
        Field("folder", "Normals go to", "file", f"{stem}/normals" if stem else "", hint="A folder; one EXR a frame."),
        Field("detail", "Detail", "choice", DETAILS[1], DETAILS, hint="As `platelight normals --detail`."),
        Field("deflicker", "Temporal smoothing", "bool", True, hint="Steadies each frame with those before it."),
        Field("fov", "Field of view", "float", FIELD_OF_VIEW, hint="Degrees along the longer side of the plate."),
        Field(
            "color_space",
            "Colour space",
            "text",
            "",
            hint="As OpenColorIO names it (ACEScg). Empty: EXR is scene-linear Rec.709, other files sRGB.",
        ),
    ]


def answers_to_job(answers: dict[str, Any]) -> tuple[list[Frame], NormalsOptions, str, list[int]]:
    """(frames, options, pattern of the normals' files, frame numbers) from the dialogue's answers.

    Raises:
        BadRange: no plate, no folder, a bad range, or a field of view that no lens has.
    """
    plates, folder = str(answers["plates"] or "").strip(), str(answers["folder"] or "").strip()
    numbers = parse_range(str(answers["frames"] or ""))
    sources = plate_files(plates, numbers)
    if not folder:
        raise BadRange("no folder was named for the normals")
    fov = float(answers["fov"])
    if not 1.0 <= fov <= 170.0:
        raise BadRange(f"a field of view of {fov:g} degrees; expected 1 to 170 along the longer side of the plate")
    pattern = "/".join((folder.replace("\\", "/").rstrip("/"), os.path.splitext(os.path.basename(plates))[0] + ".exr"))
    targets = plate_files(pattern, numbers)
    options = NormalsOptions(
        detail=str(answers["detail"]),
        deflicker=bool(answers["deflicker"]),
        fov=fov,
        color_space=str(answers["color_space"] or "").strip() or None,
    )
    return [Frame(a, b) for a, b in zip(sources, targets)], options, pattern, numbers


def _value(node: Node | None, name: str, otherwise: Any) -> Any:
    found = None if node is None else node.knob(name)
    return otherwise if found is None else found.value()
