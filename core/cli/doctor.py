"""`platelight doctor`: what this machine has, and what to do about what it lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["doctor"]


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on standard output instead of a table.")] = False,
    timeout: Annotated[float, typer.Option(min=1.0, help="Seconds to wait for each part that is tried.")] = 60.0,
) -> None:
    """Say what this machine has: renderer, denoiser, inference, torch, GPU, colour, models, Maya and Nuke.

    Renderer and libraries are really tried, each in a child process. Exit code 1 if a part that every command needs
    (images, inference) does not work; optional parts only get a line with the remedy.

    Examples:

        platelight doctor

        platelight doctor --json > machine.json
    """
    import json

    from core.cli.machine import survey
    from core.errors import MissingPart

    found = survey(timeout)
    if as_json:
        print(json.dumps(found, indent=2))
    else:
        from rich.console import Console

        Console(highlight=False).print(_table(found))
    needed = [f"{part}: {found[part]['problem']}" for part in ("images", "onnxruntime") if found[part]["problem"]]
    if needed:
        raise MissingPart("; ".join(needed))


def _table(found: dict[str, Any]) -> Table:
    from rich.markup import escape
    from rich.table import Table

    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, problem, words in _rows(found):
        mark = "" if problem is None else f"[yellow]{escape(problem)}[/yellow]"
        table.add_row(name, " ".join(part for part in (escape(words), mark) if part))
    return table


def _rows(found: dict[str, Any]) -> list[tuple[str, str | None, str]]:
    """(name, problem or None, words) for each line of the table."""
    about, machine = found["platelight"], found["machine"]
    memory = machine["memory_bytes"]
    processors = f"{machine['usable_processors']} of {machine['processors']} processors"
    rows: list[tuple[str, str | None, str]] = [
        ("platelight", None, f"{about['version']}, Python {about['python']}, {about['executable']}"),
        ("machine", None, f"{machine['platform']}; {processors}" + (f"; {memory / 2**30:.1f} GiB" if memory else "")),
    ]
    rows += [("GPU", None, f"{gpu['name']}, {gpu['memory']}, driver {gpu['driver']}") for gpu in found["gpus"]] or [
        ("GPU", None, "no NVIDIA GPU found")
    ]
    images = found["images"]
    rows.append(("OpenImageIO", images["problem"], images.get("OpenImageIO", "")))
    if "ocio_config" in images:
        rows.append(("OCIO config", None, f"{images['ocio_config']}, {images['color_spaces']} colour spaces"))
    for renderer in found["renderers"]:
        library = f"with {renderer['llvm']}" if renderer["llvm"] else ""
        works = "renders " if renderer["problem"] is None else ""
        rows.append((renderer["variant"], renderer["problem"], (works + library).strip()))
    rows.append(("denoiser", found["denoiser"]["problem"], _works(found["denoiser"], "Open Image Denoise, ")))
    runtime = found["onnxruntime"]
    packages = ", ".join(f"{name} {version}" for name, version in runtime["packages"].items())
    rows.append(("inference", runtime["problem"], f"{packages}: {', '.join(runtime.get('providers', []))}".strip(": ")))
    torch = found["torch"]
    cuda = "" if torch["problem"] else f"; CUDA {'in use' if torch['cuda_available'] else 'not available'}"
    rows.append(("torch", torch["problem"], _works(torch, "") + cuda))
    rows += [("model", model["problem"], _model_words(model)) for model in found["models"]] or [
        ("model", "none is shipped with this copy", "")
    ]
    rows += [
        (host["host"], None, f"{host['version']} at {host['program']} (found, not tried)") for host in found["hosts"]
    ] or [("Maya, Nuke", None, "none found in the usual places")]
    return rows


def _works(part: dict[str, Any], prefix: str) -> str:
    return "" if part["problem"] else f"{prefix}{part['version']}"


def _model_words(model: dict[str, Any]) -> str:
    if model["problem"]:
        return str(model["name"])
    from core.card import mean_errors

    scores = ", ".join(f"{label}: {value:.1f} degrees" for label, value in mean_errors(model["scores"]).items())
    return f"{model['name']} {model['version']} ({model['task']}, {model['bytes'] / 1e6:.1f} MB) {scores}".strip()
