"""The estimate of a PlateProbe node: plate and normals to EXR, the worker beside Nuke, the answer into the knobs."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from typing import Callable

from nuke_plugin.batch import Batch, Outcome, start_batch
from nuke_plugin.errors import BadRange, BatchFailed, PluginError, WorkerUnavailable, WrongNode, tell, tell_failure
from nuke_plugin.file_paths import named_path
from nuke_plugin.frames import plate_files
from nuke_plugin.host import Host, Node
from nuke_plugin.kept_node import KeptNode
from nuke_plugin.knobs import choice_number, knob, new_node
from nuke_plugin.probe.controls import COLOR_SPACES, FRAMES, NODE_CLASS, NOTHING_YET, PRIMARIES, SOURCES
from nuke_plugin.probe.values import light_of, show, status_words
from nuke_plugin.round_trip import file_pattern, one_view, render_frames
from nuke_plugin.working_space import ACESCG, colour_choice
from worker_link.jobs import LightFrame, LightOptions
from worker_link.light import BadLight, merge_lights, parse_light, read_light, save_light
from worker_link.light_words import light_words
from worker_link.running import Worker

__all__ = ["create", "created", "estimate", "load_estimate", "save_estimate"]


def create(host: Host) -> Node:
    """Make a node behind what is selected, with the primaries of the project. Raises `WrongNode` where Nuke cannot."""
    node = new_node(host, NODE_CLASS)
    if colour_choice(host.root()) == ACESCG:
        knob(node, "primaries").setValue(PRIMARIES[1])
    return node


def created(host: Host, node: Node) -> None:
    """Runs when a node is made or a script with one is opened: says what it holds, changes nothing else."""
    if host.gui():
        try:
            words = status_words(light_of(node))
        except WrongNode:
            words = NOTHING_YET
        knob(node, "status").setValue(words)


def estimate(host: Host, node: Node, make_worker: Callable[[], Worker] | None = None) -> Batch:
    """Render what is needed, hand it to the worker, and return; the knobs are set when the worker is done. Without a
    window it returns then.

    Raises:
        WrongNode: a plate or normals are not connected or could not be rendered, or the script has several views.
        BadRange: the frames run backwards, or the folder is one that only Nuke can find.
        WorkerUnavailable: there is no place for the frames.
        BatchFailed: without a window: a frame failed, or there is no estimate.
    """
    if node.input(0) is None:
        raise WrongNode(f"{node.name()}: no plate is connected to its first input")
    if choice_number(knob(node, "normals_from"), SOURCES) == 1 and node.input(1) is None:
        raise WrongNode(f"{node.name()}: Normals from is its own input, and nothing is connected to `normals`")
    one_view(host, node)
    numbers = _frames(host, node)
    folder, temporary = _folder(host, node)
    pattern = "/".join((folder, file_pattern(host, node)))
    try:
        render_frames(host, node, pattern, numbers, "plate and normals were")
    except PluginError:
        _clear(temporary)
        raise
    # One file is both: its rgba is the plate and its layer N the normals.
    frames = [LightFrame(path, path) for path in plate_files(pattern, numbers)]
    kept = KeptNode(host, node)
    options = LightOptions(COLOR_SPACES[choice_number(knob(node, "primaries"), PRIMARIES)])

    def finished(outcome: Outcome) -> None:
        _clear(temporary)
        _take(host, kept, outcome, "" if temporary else pattern)

    knob(node, "status").setValue("Estimating beside Nuke ...")
    try:
        return start_batch(host, f"Platelight: {kept.name}", frames, options, finished, make_worker)
    except BaseException:
        _clear(temporary)
        raise


def load_estimate(host: Host, node: Node) -> None:
    """Put the estimate of the node's file into its knobs.

    Raises:
        WrongNode: no file is named, or it is no estimate.
        BadRange: the file is one that only Nuke can find.
    """
    try:
        light = read_light(_named_file(host, node))
    except BadLight as error:
        raise WrongNode(str(error)) from error
    with host.one_undo(f"{NODE_CLASS}: load estimate"):
        show(node, light)


def save_estimate(host: Host, node: Node) -> None:
    """Write what the knobs hold to the node's file.

    Raises:
        WrongNode: there is no estimate, or the file cannot be written.
        BadRange: the file is one that only Nuke can find.
    """
    light, path = light_of(node), _named_file(host, node)
    try:
        save_light(path, light)
    except OSError as error:
        raise WrongNode(f"{path}: cannot be written ({error}); name another file") from error
    tell(host, f"wrote {path}; `platelight relight --mode ratio --from-estimate` reads it, too.")


def _take(host: Host, kept: KeptNode, outcome: Outcome, files: str) -> None:
    """In the main thread, at the end: the estimate into the knobs of the node, if it is still there.

    Args:
        host: Nuke.
        kept: the node.
        outcome: of the batch.
        files: pattern of the frames, where they are kept; else empty.
    """
    name, node = kept.name, kept.find()
    if node is None:
        tell(host, f"{name}: the node is not there any more. {_without_node(outcome, files)}")
        return
    try:
        lights = [parse_light(document, "the worker's answer") for document in outcome.lights]
        if not lights:
            created(host, node)
            tell_failure(host, f"{name}: no estimate.\n{outcome.words()}")
            return
        with host.one_undo(f"{NODE_CLASS}: estimate"):
            show(node, merge_lights(lights))
    except BatchFailed:
        raise
    except (BadLight, PluginError) as error:
        created(host, node)
        tell_failure(host, f"{name}: {error}")
        return
    if len(outcome.done) < len(outcome.frames):
        tell_failure(host, f"{name}: estimated from the frames that could be used.\n{outcome.words()}")


def _without_node(outcome: Outcome, files: str) -> str:
    """What there is to say of an estimate that no node takes."""
    words = [outcome.words()]
    with contextlib.suppress(BadLight):
        lights = [parse_light(document, "the worker's answer") for document in outcome.lights]
        words += [f"The estimate was: {light_words(merge_lights(lights))}."] if lights else []
    words.append(f"Its frames are {files}" if files else "Its frames were temporary and are removed.")
    return "\n".join(words)


def _frames(host: Host, node: Node) -> list[int]:
    if choice_number(knob(node, "frames"), FRAMES) == 0:
        return [host.frame()]
    first, last, step = (int(knob(node, name).value()) for name in ("first", "last", "step"))
    if last < first or step < 1:
        raise BadRange(f"{node.name()}: the frames {first} to {last} in steps of {step} run backwards")
    return list(range(first, last + 1, step))


def _folder(host: Host, node: Node) -> tuple[str, str]:
    """(where the frames go, what is to be removed afterwards or empty); forward slashes."""
    asked = named_path(host, node, "folder")
    if asked:
        return asked.rstrip("/"), ""
    try:
        made = tempfile.mkdtemp(prefix="platelight_probe_")
    except OSError as error:
        raise WorkerUnavailable(
            f"{node.name()}: no temporary folder for the frames ({error}); name a folder on the Frames tab"
        ) from error
    return made.replace("\\", "/"), made


def _clear(folder: str) -> None:
    if folder:
        shutil.rmtree(folder, ignore_errors=True)


def _named_file(host: Host, node: Node) -> str:
    path = named_path(host, node, "estimate_file")
    if not path:
        raise WrongNode(f"{node.name()}: name an Estimate file first")
    return path
