"""`platelight install`: the plug-ins into the hosts' folders, and out again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.cli.install_maya import maya
from worker_link.json_text import parse_json, read_json

if TYPE_CHECKING:
    from core.cli.host_files import Change, HostFiles

__all__ = ["install", "nuke_files", "package_files", "plugin_files", "told", "worker_setting"]

install = typer.Typer(no_args_is_help=True, help="Put a plug-in into a host's folder, or take it out again.")

_FOLDER = "platelight"
_PACKAGE = "nuke_plugin"
_LINK = "worker_link"
_SCRIPT_CARD = "torchscript.json"
_SUFFIXES = {".py", ".gizmo", ".nk", ".json", ".blink", ".png", ".pt"}
_NOT_COPIED = {"__pycache__", "gizmo_files", "make_icons.py"}

install.command("maya")(maya)

_START = """# Written by `platelight install nuke`; %(when)s. Nuke 13, with Python 3.7, has to read it too.
import sys

if sys.version_info < (3, 9):
    found = "Python %%d.%%d" %% sys.version_info[:2]
    sys.stderr.write("platelight: not loaded: needs Nuke 14 or later (Python 3.9), and this is %%s\\n" %% found)
else:
    try:
        from nuke_plugin.%(module)s import start

        start()
    except Exception as error:  # whatever it is: it must not end Nuke, nor a farm's render
        sys.stderr.write(
            "platelight: not loaded: %%s: %%s\\n" %% (type(error).__name__, " ".join(str(error).split()))
        )
"""
_INIT = _START % {"when": "runs at every start of Nuke, on farms too", "module": "init"}
_MENU = _START % {"when": "runs where Nuke has a window", "module": "menu"}


@install.command("nuke")
def nuke(
    to: Annotated[
        Path | None, typer.Option("--to", help="Folder on Nuke's plug-in path. Default: .nuke in the home folder.")
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option("--model", help="Folder with torchscript.json: the model for Nuke. Default: the shipped one."),
    ] = None,
    uninstall: Annotated[bool, typer.Option("--uninstall", help="Take out what was installed, and only that.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done; write nothing.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Also replace or remove files that were changed.")] = False,
) -> None:
    """Copy the Nuke plug-in into FOLDER/platelight, and have FOLDER/init.py load it.

    The copy works without this environment; only pre-rendering starts this environment's Python, whose path is written
    beside it. Run again after an update. init.py keeps every byte of its own around the marked block.

    Examples:

        platelight install nuke

        platelight install nuke --to /studio/nuke      (then put /studio/nuke on NUKE_PATH)

        platelight install nuke --model models/mine    (after export --torchscript)

        platelight install nuke --uninstall
    """
    from importlib.metadata import version

    from core.cli.console import console

    places = nuke_files(to)
    if uninstall:
        changes = places.uninstall(force=force, dry_run=dry_run)
    else:
        changes = places.install(plugin_files(places.ours, model), version("platelight"), force=force, dry_run=dry_run)
    for line in told(changes, dry_run):
        console.print(line, markup=False, soft_wrap=True)
    if not changes:
        console.print(f"{places.ours}: up to date", markup=False, soft_wrap=True)
    elif not dry_run and not uninstall:
        console.print(f"{places.ours}: installed; restart Nuke", markup=False, soft_wrap=True)
        if not (places.ours / "models" / _SCRIPT_CARD).is_file():
            console.print(
                "[yellow]no model for Nuke's own Inference came along (pre-rendering works without): write one with "
                "`platelight export RUN --out DIR --torchscript`, then install with --model DIR[/yellow]",
                soft_wrap=True,
            )
        if to is not None:
            console.print(f"Nuke loads it where NUKE_PATH names {places.folder}", markup=False, soft_wrap=True)


def nuke_files(to: Path | None) -> HostFiles:
    """Where the plug-in goes: below `to`, or below `.nuke` in the home folder, which all three systems have there."""
    from core.cli.host_files import Block, HostFiles

    folder = Path.home() / ".nuke" if to is None else to.expanduser()
    lines = ("import nuke", f'nuke.pluginAddPath("./{_FOLDER}")')
    return HostFiles(folder.absolute(), _FOLDER, Block("# >>> platelight >>>", "# <<< platelight <<<", lines))


def plugin_files(before: Path, model: Path | None = None) -> dict[str, bytes]:
    """Path below the installed folder -> content: the package, what Nuke runs at start, and the worker's setting.

    Args:
        before: the installed folder, which may be there: its setting for other platforms is kept, and the model.
        model: folder with the TorchScript card and file; None takes the shipped one, if it is there.

    Raises:
        MissingPart: the package is not in this environment.
        FileMissing, ModelMismatch: `model` holds no TorchScript card, or not the file that it names.
    """
    files = {**package_files(_PACKAGE), **package_files(_LINK)}
    files.update(_model_files(before / "models", model))
    files["init.py"] = _INIT.encode()
    files["menu.py"] = _MENU.encode()
    files["worker.json"] = worker_setting(before)
    return files


def worker_setting(before: Path) -> bytes:
    """Which Python the worker is started with: this one, and those of other platforms that share the installation
    `before`."""
    import json
    import sys

    setting = {"python": {**_pythons(before / "worker.json"), sys.platform: sys.executable}}
    return (json.dumps(setting, indent=2) + "\n").encode()


def package_files(package: str) -> dict[str, bytes]:
    """Path -> content of what a host needs of a package; hidden files, caches and makers of node files stay out."""
    import importlib.util

    from core.errors import MissingPart

    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise MissingPart(f"the package {package} is not in this environment; install Platelight again")
    room = Path(found.origin).parent
    return {
        f"{package}/{path.relative_to(room).as_posix()}": path.read_bytes()
        for path in sorted(room.rglob("*"))
        if path.is_file()
        and path.suffix in _SUFFIXES
        and not any(part in _NOT_COPIED or part.startswith(".") for part in path.relative_to(room).parts)
    }


def _model_files(before: Path, model: Path | None) -> dict[str, bytes]:
    """The TorchScript card and file, as paths below the installed folder; {} where none is asked for or there."""
    import hashlib

    from core.errors import FileMissing, ModelMismatch

    shipped = Path(__file__).parents[1] / "weights" / "plate_normals"
    folder = model or next((place for place in (before, shipped) if (place / _SCRIPT_CARD).is_file()), None)
    if folder is None:
        return {}
    try:
        card = (folder / _SCRIPT_CARD).read_bytes()
        described = parse_json(card)
        if Path(described["weights"]).name != described["weights"]:
            raise ModelMismatch(
                f"{folder / _SCRIPT_CARD}: names weights that are not beside it; export the model again"
            )
        weights = (folder / described["weights"]).read_bytes()
    except FileNotFoundError as error:
        raise FileMissing(
            f"{error.filename}: not there; `platelight export RUN --out DIR --torchscript` writes it"
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelMismatch(f"{folder / _SCRIPT_CARD}: cannot be read; export the model again") from error
    if hashlib.sha256(weights).hexdigest() != described.get("sha256"):
        raise ModelMismatch(f"{folder / described['weights']}: is not the file that {_SCRIPT_CARD} describes")
    return {f"models/{_SCRIPT_CARD}": card, f"models/{described['weights']}": weights}


def _pythons(setting: Path) -> dict[str, str]:
    """The worker's Python by platform (`linux`, `darwin`, `win32`) that an installation names; {} where none does."""

    try:
        named = read_json(setting)["python"]
        return {str(platform): str(python) for platform, python in named.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def told(changes: list[Change], dry_run: bool) -> list[str]:
    """A line for each change of the user's files, and a count for ours."""
    would = "would " if dry_run else ""
    ours = [change for change in changes if change.what in ("write", "replace")]
    removed = [change for change in changes if change.what == "remove"]
    lines = [f"{would}write {len(ours)} files"] if ours else []
    lines += [f"{would}remove {len(removed)} files"] if removed else []
    if dry_run:
        lines += [f"  {change.what} {change.path}" for change in (*ours, *removed)]
    lines += [f"{would}{change.what} {change.path}" for change in changes if change.what in ("extend", "shorten")]
    lines += [f"kept {change.path}: {change.reason}" for change in changes if change.what == "keep"]
    return lines
