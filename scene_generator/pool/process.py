"""What a worker process does: load the renderer once, then answer one sample number after another.

The build sends {"index": i}; the worker answers with messages of these types (see `channel`):

    ready               the renderer is loaded
    draw                a draw is begun: index and attempt; once it is drawn, again with family, spec_hash and one blob,
                        the scene's JSON. Whoever has to kill this process knows the culprit by it.
    sample, failure     the answer; `leaving` says that the worker ends now, and a fresh one is to take its place
    fatal               no sample could be made: the class and text of the error that stops the build
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import multiprocessing
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from pathlib import Path

from core.errors import BadConfig, MissingPart, PlatelightError, RenderFailed
from scene_generator.pool.channel import pack, pack_failure, pack_sample, unpack
from scene_generator.pool.render_one import EveryDrawRejected, refusals, render_one
from scene_generator.renderers import Renderer
from scene_generator.sets.plan import BuildPlan
from scene_generator.sets.records import Failure
from scene_generator.spec import SceneSpec, SpecError

RECYCLE_AFTER = 100
"""Samples that a worker makes before a fresh one takes its place: what any library under it leaks ends there."""

_TRACEBACK_LINES = 20


def serve(plan: BuildPlan, connection: Connection, errors: Connection) -> None:
    """Answer the build at the other end of `connection` until it closes; `errors` takes what is written to stderr."""
    # Ctrl-C is the build's own affair: it says what was kept. A terminal sends it to the whole group, and Mitsuba's own
    # handler, which it sets while it renders, would end the picture half-way and hand it over as if it were whole.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "setpgid"):
        with contextlib.suppress(OSError):  # leads a session already
            os.setpgid(0, 0)
    _send_away(errors)
    threading.Thread(target=_end_with_the_build, daemon=True).start()
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        try:
            renderer = load_renderer(plan)
        except Exception as error:
            connection.send_bytes(_fatal(error))
            return
        connection.send_bytes(pack({"type": "ready"}))
        _answer_all(plan, renderer, connection)


def load_renderer(plan: BuildPlan) -> Renderer:
    """Make the plan's renderer in this process.

    Raises:
        BadConfig: `plan.renderer` names no class.
        MissingPart: what it needs is not installed.
    """
    module, _, name = plan.renderer.partition(":")
    try:
        make: Callable[..., Renderer] = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise BadConfig(f"renderer {plan.renderer!r} cannot be loaded ({error}); expected module:Class") from error
    return make(plan.variant, plan.recipe.texture_size, threads=1, library=plan.library)


def resident_mb() -> float:
    """Return the memory that this process holds, MiB: resident on Linux, the most it ever was on macOS, else 0."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
    except (OSError, ValueError, IndexError):
        pass
    if sys.platform == "darwin":
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return 0.0


def _answer_all(plan: BuildPlan, renderer: Renderer, connection: Connection) -> None:
    for done in range(1, RECYCLE_AFTER + 1):
        try:
            header, _ = unpack(connection.recv_bytes())
        except EOFError:
            return
        answer, goes_on = _answer(plan, renderer, connection, header["index"], done == RECYCLE_AFTER)
        connection.send_bytes(answer)
        if not goes_on:
            return


def _answer(plan: BuildPlan, renderer: Renderer, connection: Connection, index: int, last: bool) -> tuple[bytes, bool]:
    """Return the message that answers `index`, and whether this process stays."""
    begun: list[tuple[int, SceneSpec | None]] = []

    def watch(attempt: int, spec: SceneSpec | None, text: str) -> None:
        begun.append((attempt, spec))
        header = {"type": "draw", "index": index, "attempt": attempt}
        if spec is not None:
            header |= {"family": spec.family, "spec_hash": hashlib.sha256(text.encode("ascii")).hexdigest()}
        connection.send_bytes(pack(header, [text.encode("ascii")]))

    try:
        sample = render_one(renderer, plan, index, watch)
    except EveryDrawRejected as error:
        failure = _failure(plan, index, begun, "rejected", error)
        facts = tuple(refusals(list(error.draws)))
        return pack_failure(Failure(**{**vars(failure), "rejected": facts}), error.draws, leaving=last), not last
    except RenderFailed as error:
        return pack_failure(_failure(plan, index, begun, "error", error), leaving=last), not last
    except (PlatelightError, SpecError) as error:  # a part that is missing, a file that is gone: no sample would do
        return _fatal(error), False
    except MemoryError:
        raise  # ends this process, as the system's own killer would: the build tries again in a fresh one
    except Exception as error:
        return pack_failure(_failure(plan, index, begun, "error", error), leaving=last), not last
    used = resident_mb()
    leaving = last or bool(plan.memory_mb and used > plan.memory_mb)
    sample.timing.update(pid=os.getpid(), rss_mb=round(used, 1))
    return pack_sample(sample, leaving=leaving), not leaving


def _failure(
    plan: BuildPlan, index: int, begun: list[tuple[int, SceneSpec | None]], kind: str, error: Exception
) -> Failure:
    spec = begun[-1][1] if begun else None
    known = isinstance(error, PlatelightError)
    lines = "".join(traceback.format_exception(error)).splitlines()
    return Failure(
        index,
        plan.seed,
        plan.recipe.name,
        kind,
        " ".join(str(error).split()) if known else f"{type(error).__name__}: {' '.join(str(error).split())}",
        family=spec.family if spec else "",
        attempts=begun[-1][0] + 1 if begun else 0,
        spec_hash=spec.hash() if spec else "",
        spec=spec.to_dict() if spec else None,
        traceback="" if kind == "rejected" else "\n".join(lines[-_TRACEBACK_LINES:]),
    )


def _fatal(error: Exception) -> bytes:
    if isinstance(error, ModuleNotFoundError):
        error = MissingPart(f"the renderer needs {error.name}, which is not installed; install the [render] extra")
    return pack({"type": "fatal", "error": type(error).__name__, "text": str(error)})


def _send_away(errors: Connection) -> None:
    """Let the build keep this process's last words instead of having them run through its progress bar."""
    if os.environ.get("PLATELIGHT_DEBUG", "") not in ("", "0"):
        return
    with contextlib.suppress(OSError):  # not every system's pipes are files
        os.dup2(errors.fileno(), 2)


def _end_with_the_build() -> None:
    # A build that is killed takes its workers with it, also one that hangs in a scene.
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
