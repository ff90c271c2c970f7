"""`ModelCard`: the only description of a model, kept as `card.json` beside its weights.

Whoever runs a model reads its ports, its encoding and its sizes here, and nowhere else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from core.atomic import write_json
from core.errors import FileMissing, ModelMismatch
from worker_link.json_text import read_json

__all__ = [
    "CARD",
    "WEIGHTS",
    "ModelCard",
    "Port",
    "check_against_graph",
    "load_card",
    "mean_errors",
    "shipped_models",
    "write_card",
]

CARD = "card.json"
WEIGHTS = Path(__file__).parent / "weights"
"""Folder of the models that come with Platelight: `NAME/card.json` and its weights file."""

_FORMAT = 1

_LARGEST_WEIGHTS = 4 << 30
_LARGEST_SIDE = 16_384
_MOST_CHANNELS = 4096
_LONGEST_NAME = 200
_NUMBERS = ("tensor(float)", "tensor(float16)")
_TEXTS = ("name", "task", "version", "description", "weights", "sha256", "precision", "licence")
_LONGEST_TEXT = 2000
_TABLES = ("scores", "data", "training", "parity")


@dataclass(frozen=True)
class Port:
    """One input or output of a graph.

    Attributes:
        name: in the graph.
        channels: how many.
        encoding: what the numbers mean: `srgb_shoulder_v1` (`core.color.network_view`), `ray_slopes` (x to the right,
            y up, tangents), `camera_space_normals` (unit, +X right, +Y up, +Z towards the camera),
            `share_within_11.25_degrees` (probability that the normal is less than 11.25 degrees off, 0..1).
        range: smallest and largest value, or None where unbounded.
        layout: order of the axes; height and width are free multiples of the card's `multiple_of`.
    """

    name: str
    channels: int
    encoding: str
    range: tuple[float, float] | None = None
    layout: str = "NCHW"


LOOKS = (1, 2, 4)
"""How many answers about a plate may be averaged: one; one and its mirror image; both of two sizes."""


@dataclass(frozen=True, kw_only=True)
class ModelCard:
    """What a model is, what it takes and gives, where it comes from, and how good it is.

    Attributes:
        name: of the model; also its folder among the shipped ones.
        task: in `core.tasks.TASKS`.
        version: of these weights.
        description: one or two sentences for people.
        inputs, outputs: ports of the graph.
        multiple_of: height and width of an input are multiples of this, pixels.
        work_size: short side, in pixels, of the images it was trained on and does best at.
        default_fov_degrees: field of view along the longer side to assume where the camera is unknown.
        looks: how many answers about a plate are best averaged, see `core.inference.looks`.
        weights: file name of the ONNX graph beside the card.
        sha256: of that file, hex.
        precision: how its weights are stored: "fp32", or "fp16" (arithmetic stays float32).
        scores: named figures, with their units in the name.
        data: what it was trained on.
        training: steps, seconds, machine, configuration, revision.
        parity: how far the graph's answers are from torch's.
        licence: SPDX name for the weights.
        credits: authors and licences of everything it saw or started from.
        folder: where the card was read from; not stored.
    """

    name: str
    task: str
    version: str
    description: str
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    multiple_of: int
    work_size: int
    default_fov_degrees: float
    weights: str
    sha256: str
    precision: str
    looks: int = 1
    scores: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    parity: Mapping[str, Any] = field(default_factory=dict)
    licence: str = "Apache-2.0"
    credits: tuple[str, ...] = ()
    folder: Path | None = field(default=None, compare=False)

    @property
    def weights_path(self) -> Path:
        """The ONNX file, beside the card. Raises ModelMismatch if the card was not read from a file."""
        if self.folder is None:
            raise ModelMismatch(f"model {self.name}: its card was not read from a file, so its weights cannot be found")
        return self.folder / self.weights

    def check_weights(self) -> None:
        """Raises FileMissing where the weights are not beside the card, ModelMismatch where they are other ones."""
        path = self.weights_path
        try:
            if not path.is_file():
                raise FileMissing(f"{path}: the weights that {CARD} names are missing; export the model again")
            size = path.stat().st_size
            if size > _LARGEST_WEIGHTS:
                raise ModelMismatch(f"{path}: {size >> 30} GiB are more than any model of Platelight has; get it anew")
            digest = hashlib.sha256()
            with path.open("rb") as file:
                while part := file.read(1 << 20):
                    digest.update(part)
        except OSError as error:
            raise ModelMismatch(f"{path}: cannot be read ({error.strerror}); mend its rights") from error
        if digest.hexdigest() != self.sha256:
            raise ModelMismatch(
                f"{path}: is not the file that {CARD} describes (its checksum differs); export the model again, "
                f"or install Platelight again if it is a shipped model"
            )

    def to_json(self) -> dict[str, Any]:
        """Plain values for a JSON file."""
        value = asdict(self)
        del value["folder"]
        return {"format": _FORMAT, **value}

    @classmethod
    def from_json(cls, value: Any, folder: Path | None = None) -> ModelCard:
        """The inverse of `to_json`.

        Args:
            value: what JSON gave, which may be no object at all.
            folder: where it was read from.

        Raises:
            ModelMismatch: fields are missing, unknown or of the wrong kind.
        """
        where = folder / CARD if folder else CARD
        if not isinstance(value, Mapping) or value.get("format") != _FORMAT:
            raise ModelMismatch(f"{where}: is no model card of format {_FORMAT}; export the model again")
        rest = {name: item for name, item in value.items() if name != "format"}
        unknown = sorted(set(rest) - {item.name for item in fields(cls)} | ({"folder"} & set(rest)))
        if unknown:
            raise ModelMismatch(
                f"{where}: unknown field {unknown[0]!r:.80}; it was written by another version of Platelight"
            )
        try:
            rest["inputs"] = tuple(_port(port) for port in rest["inputs"])
            rest["outputs"] = tuple(_port(port) for port in rest["outputs"])
            rest["credits"] = tuple(str(line) for line in rest.get("credits", ()))
            card = cls(**rest, folder=folder)
            _check(card)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise ModelMismatch(
                f"{where}: incomplete or damaged card ({error!s:.300}); export the model again"
            ) from error
        return card


def _check(card: ModelCard) -> None:
    """Raises TypeError or ValueError for what no export writes: a stranger's card is not to be believed."""
    for name in (*_TEXTS, *_TABLES):
        value, wanted = getattr(card, name), str if name in _TEXTS else Mapping
        if not isinstance(value, wanted):
            raise TypeError(f"{name} is a {type(value).__name__}")
        # They stand in messages and menus.
        if isinstance(value, str) and name != "weights" and not (len(value) <= _LONGEST_TEXT and value.isprintable()):
            raise ValueError(f"{name} is longer than {_LONGEST_TEXT} characters, or no line of text")
    for name in ("multiple_of", "work_size"):
        value = getattr(card, name)
        if type(value) is not int or not 1 <= value <= _LARGEST_SIDE:
            raise ValueError(f"{name} is not a whole number from 1 to {_LARGEST_SIDE}")
    if isinstance(card.default_fov_degrees, bool) or not 0 < card.default_fov_degrees < 180:
        raise ValueError("default_fov_degrees is out of range")
    if type(card.looks) is not int or card.looks not in LOOKS:
        raise ValueError(f"{card.looks!r} looks")
    # Otherwise a card could name, and have loaded, any file of this machine.
    if (
        card.weights in ("", ".", "..")
        or len(card.weights) > _LONGEST_NAME
        or any(sign in card.weights for sign in "/\\:\0")
    ):
        raise ValueError(f"the weights {card.weights!r:.80} are not the name of a file beside it")
    for ports in (card.inputs, card.outputs):
        if len({port.name for port in ports}) < len(ports):
            raise ValueError("two ports have one name")


def mean_errors(scores: Mapping[str, Any]) -> dict[str, float]:
    """The one figure of each entry of a card's scores that people ask for: mean angular error, degrees, by label.

    Entries without one are left out.
    """
    found: dict[str, float] = {}
    for label, entry in scores.items():
        figures = entry.get("mean_of_sets", entry) if isinstance(entry, Mapping) else {}
        if not isinstance(figures, Mapping):
            continue
        value = figures.get("mean", figures.get("degrees"))
        if isinstance(value, int | float) and not isinstance(value, bool):
            found[label] = float(value)
    return found


def shipped_models() -> tuple[str, ...]:
    """Names of the models that come with Platelight."""
    return tuple(sorted(path.parent.name for path in WEIGHTS.glob(f"*/{CARD}")))


def load_card(path_or_name: str | Path) -> ModelCard:
    """Find and read a card.

    Args:
        path_or_name: name of a shipped model, or the path of a model's folder, of its card, or of its .onnx file.

    Raises:
        FileMissing: there is no such model; the message lists the shipped names.
        ModelMismatch: there is an .onnx file but no card beside it, or the card is damaged or describes another file.
    """
    try:
        return _load(path_or_name)
    except OSError as error:
        raise FileMissing(
            f"{str(path_or_name)[:300]}: cannot be looked for ({error.strerror}); check the path and its rights"
        ) from error


def _load(path_or_name: str | Path) -> ModelCard:
    path = Path(path_or_name)
    shipped = WEIGHTS / path_or_name / CARD
    if str(path_or_name) in shipped_models():
        path = shipped
    elif path.is_dir():
        path = path / CARD
    elif path.suffix == ".onnx" and path.is_file():
        return _card_of(path)
    if not path.is_file():
        if (path.parent / "checkpoint.pt").is_file() and path.name == CARD:
            run = path.parent
            raise FileMissing(f"{run}: is a training run; make a model of it: platelight export {run} --out DIR")
        names = ", ".join(shipped_models()) or "none"
        raise FileMissing(f"{path_or_name}: no such model; shipped models are: {names}; or give a folder with a {CARD}")
    try:
        value = read_json(path)
    except OSError as error:
        raise ModelMismatch(f"{path}: cannot be read ({error.strerror}); mend its rights") from error
    except ValueError as error:
        raise ModelMismatch(f"{path}: is not JSON ({error}); export the model again") from error
    return ModelCard.from_json(value, path.parent)


def write_card(folder: Path, card: ModelCard) -> Path:
    """Write `folder/card.json`, whole or not at all, and return its path. Raises DiskFull."""
    write_json(folder / CARD, card.to_json())
    return folder / CARD


def check_against_graph(card: ModelCard, session: Any) -> None:
    """Compare a card with the graph that an onnxruntime session has loaded.

    Args:
        session: `onnxruntime.InferenceSession` (anything with its `get_inputs` and `get_outputs`).

    Raises:
        ModelMismatch: a port is missing, too many, or has another number of channels.
    """
    for kind, ports, found in (
        ("input", card.inputs, session.get_inputs()),
        ("output", card.outputs, session.get_outputs()),
    ):
        graph = {item.name: list(item.shape or ()) for item in found}
        kinds = {item.name: getattr(item, "type", _NUMBERS[0]) for item in found}
        if set(graph) != {port.name for port in ports}:
            raise ModelMismatch(
                f"model {card.name}: its card names the {kind}s {_list(port.name for port in ports)}, its graph has "
                f"{_list(graph)}; the card belongs to another model"
            )
        for port in ports:
            shape, kind_of_numbers = graph[port.name], kinds[port.name]
            if kind_of_numbers not in _NUMBERS:
                raise ModelMismatch(
                    f"model {card.name}: {kind} {port.name!r} is of type {kind_of_numbers} in the graph; Platelight "
                    f"feeds and reads {' and '.join(_NUMBERS)} only: export the model with `platelight export`"
                )
            if len(shape) != 4 or (isinstance(shape[1], int) and shape[1] != port.channels):
                raise ModelMismatch(
                    f"model {card.name}: {kind} {port.name!r} has shape {shape} in the graph, its card says "
                    f"{port.channels} channels in {port.layout}; the card belongs to another model"
                )
            if kind == "input" and any(isinstance(side, int) for side in (*shape[:1], *shape[2:]) if side != 1):
                raise ModelMismatch(
                    f"model {card.name}: input {port.name!r} has the fixed shape {shape} in the graph; height and "
                    "width have to be free, since plates have any size: export the model with `platelight export`"
                )


def _card_of(weights: Path) -> ModelCard:
    if not (weights.parent / CARD).is_file():
        raise ModelMismatch(
            f"{weights}: has no {CARD} beside it, so its inputs are unknown; `platelight export` writes both"
        )
    card = load_card(weights.parent)
    if card.weights != weights.name:
        raise ModelMismatch(
            f"{weights}: the {CARD} beside it describes {card.weights}; `platelight export` writes both"
        )
    return card


def _port(value: Mapping[str, Any]) -> Port:
    given = dict(value)
    if given.get("range") is not None:
        low, high = given["range"]
        given["range"] = (float(low), float(high))
    port = Port(**given)
    for text in (port.name, port.encoding, port.layout):
        if not isinstance(text, str):
            raise TypeError(f"a port's name, encoding or layout is a {type(text).__name__}")
    if type(port.channels) is not int or not 1 <= port.channels <= _MOST_CHANNELS:
        raise ValueError(f"port {port.name}: channels is not a whole number from 1 to {_MOST_CHANNELS}")
    return port


def _list(names: Any) -> str:
    return ", ".join(sorted(names)) or "none"
