"""What nodes do that have the worker make their picture: render to EXR, hand over, read the result back."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import Callable

from nuke_plugin.batch import Batch, Outcome, start_batch
from nuke_plugin.errors import BadRange, PluginError, WrongNode, tell, tell_failure
from nuke_plugin.file_paths import named_path
from nuke_plugin.host import Host, Node
from nuke_plugin.kept_node import KeptNode
from nuke_plugin.knobs import inner, knob, set_choice
from worker_link.jobs import AnyFrame, AnyOptions
from worker_link.running import Worker

__all__ = ["file_pattern", "frame_range", "hand_over", "one_view", "read_back", "render_frames", "result_folder"]

_PRERENDERED = 1
_UNSAVED = "untitled"


def frame_range(node: Node) -> tuple[int, int]:
    """First and last frame of the Pre-render tab. Raises `BadRange` where they run backwards."""
    first, last = int(knob(node, "first").value()), int(knob(node, "last").value())
    if last < first:
        raise BadRange(f"{node.name()}: the frames {first} to {last} run backwards (Pre-render tab)")
    return first, last


def result_folder(host: Host, node: Node, what: str) -> str:
    """Where the frames go: the folder of the Pre-render tab, or one beside the script. Forward slashes, none at the
    end.

    Args:
        host: Nuke.
        node: with the knob `prerender_folder`.
        what: is written there, for the message.

    Raises:
        BadRange: no folder is named, and the script is not saved; or as `absolute_path`.
    """
    asked = named_path(host, node, "prerender_folder")
    if asked:
        return asked.rstrip("/")
    script = host.root().name()
    if not os.path.isabs(script):
        raise BadRange(
            f"{node.name()}: where to? Save the script, or name a folder on the Pre-render tab; {what} are written "
            "there"
        )
    return os.path.dirname(script).replace("\\", "/") + "/platelight_frames"


def one_view(host: Host, node: Node) -> None:
    """Raise `WrongNode` where the script has several views: the files are of one, which all of them would show."""
    views = host.views()
    if len(views) > 1:
        raise WrongNode(
            f"{node.name()}: the script has {len(views)} views ({', '.join(views)}), and what the worker makes is of "
            "one view, which all would show. Have it made in a script with one view (Project Settings, Views) for each "
            "eye, or by `platelight` on the files of each; then read them here with %V in the name"
        )


def file_pattern(host: Host, node: Node) -> str:
    """Name of the files of a node's frames, `shot_v001.Group1-PlateNormals1.%04d.exr`: of the script and the whole way
    to the node, since other scripts, other versions of this one and other groups write to the same folder.

    A script that is not saved counts as `untitled`.
    """
    script = host.root().name()
    stem = os.path.splitext(os.path.basename(script.replace("\\", "/")))[0] if os.path.isabs(script) else _UNSAVED
    # Whatever Nuke or the frame number could take for its own; names of nodes have no dash, so that no two become one.
    return f"{re.sub(r'[^A-Za-z0-9_.-]', '_', stem)}.{node.fullName().replace('.', '-')}.%04d.exr"


def render_frames(host: Host, node: Node, pattern: str, numbers: Sequence[int], what: str) -> None:
    """Render the Write `PlateFile` inside of the node; blocks, with Nuke's own progress bar.

    The Write is enabled for as long as that takes, and names no file before or after it: whatever renders all Writes of
    a script leaves it out. None of that is a step to undo.

    Args:
        host: Nuke.
        node: the group.
        pattern: of the files.
        numbers: of the frames, evenly spaced; at least one.
        what: is rendered, for the message.

    Raises:
        WrongNode: it could not be rendered, or the person cancelled.
    """
    writer = inner(node, "PlateFile")
    file, disable = knob(writer, "file"), knob(writer, "disable")
    step = numbers[1] - numbers[0] if len(numbers) > 1 else 1
    with host.no_undo():
        try:
            file.setValue(pattern)
            disable.setValue(False)
            host.execute(writer, numbers[0], numbers[-1], step)
        except RuntimeError as error:
            raise WrongNode(f"{node.name()}: {what} not rendered to {pattern}: {error}") from error
        finally:
            disable.setValue(True)
            file.setValue("")


def hand_over(
    host: Host,
    node: Node,
    frames: Sequence[AnyFrame],
    options: AnyOptions,
    take: Callable[[Node], object],
    results: str,
    make_worker: Callable[[], Worker] | None = None,
) -> Batch:
    """Give frames to the worker and return; at the end the person is told what became of them. Without a window it
    returns at the end.

    Args:
        host: Nuke.
        node: whose frames they are.
        frames: as `start_batch`.
        options: as `start_batch`.
        take: runs in the main thread at the end, with the node, if any frame is done and the node is still there.
        results: pattern of the files that the worker writes; the person is told where the node is gone by then.
        make_worker: makes the client; None makes the plug-in's own.

    Raises:
        WorkerUnavailable: there are no frames.
        BatchFailed: without a window: a frame failed, or the result could not be read back.
    """
    kept = KeptNode(host, node)

    def finished(outcome: Outcome) -> None:
        words = outcome.words()
        found = kept.find() if outcome.done else None
        failed = len(outcome.done) < len(outcome.frames)
        if found is not None:
            try:
                with host.one_undo(f"{kept.name}: read back"):
                    take(found)
            except PluginError as error:
                words += f"\n{error}\nThe files are {results}"
                failed = True
        elif outcome.done:
            words += f"\nThe node is not there any more, so that nothing reads them: the files are {results}"
        (tell_failure if failed else tell)(host, f"{kept.name}: {words}")

    return start_batch(host, f"Platelight: {kept.name}", frames, options, finished, make_worker)


def read_back(node: Node, pattern: str, first: int, last: int, sources: tuple[str, ...]) -> None:
    """Have the Read `Prerendered` inside of the node read those files, and the node take its picture from there.

    Args:
        node: the group.
        pattern: of the files.
        first, last: frames.
        sources: choices of its knob `source`; the second is the Read.

    Raises:
        WrongNode: it is none of ours.
    """
    reader = inner(node, "Prerendered")
    knob(reader, "file").setValue(pattern)
    for name, value in (("first", first), ("last", last), ("origfirst", first), ("origlast", last)):
        knob(reader, name).setValue(value)
    set_choice(knob(node, "source"), sources, _PRERENDERED)
