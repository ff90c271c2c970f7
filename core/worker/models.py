"""Models that stay loaded between jobs, and a way to stop one in the middle of a picture."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from core.inference.session import NormalsModel
    from core.materials.model import MaterialModel
    from core.occlusion.model import FieldModel
    from core.textures.model import TextureModel

__all__ = ["FrameCancelled", "ModelChoice", "ModelShelf", "StopSign", "stoppable"]


class FrameCancelled(BaseException):
    """The work was cancelled in the middle of a frame.

    Like `KeyboardInterrupt` no `Exception`: code that makes the best of a model's failure must not make one of this.
    """


@dataclass(frozen=True)
class ModelChoice:
    """Which model is wanted: the arguments of `core.inference.session.open_model`."""

    name: str | None = None
    device: str = "auto"
    threads: int | None = None


class ModelShelf:
    """The models that were used last.

    A model whose files have changed since (exported again) is loaded anew.

    Args:
        capacity: how many are kept, 1 or more; where a further one is wanted, the one not used for longest goes.
    """

    def __init__(self, capacity: int = 2) -> None:
        self._capacity = capacity
        self._loaded: OrderedDict[ModelChoice, tuple[tuple[float, int], NormalsModel]] = OrderedDict()

    def get(self, choice: ModelChoice) -> NormalsModel:
        """The model, loaded now or earlier.

        Raises:
            FileMissing, ModelMismatch, MissingPart, BadConfig: as `core.inference.session.open_model`.
        """
        from core.card import load_card
        from core.inference.session import DEFAULT_MODEL, open_model

        card = load_card(choice.name if choice.name is not None else DEFAULT_MODEL)
        weights = card.weights_path
        state = weights.stat() if weights.is_file() else None
        stamp = (state.st_mtime, state.st_size) if state else (0.0, -1)  # without weights open_model says so
        found = self._loaded.get(choice)
        if found is not None and found[0] == stamp:
            self._loaded.move_to_end(choice)
            return found[1]
        self._loaded.pop(choice, None)
        while len(self._loaded) >= self._capacity:  # before loading: two at once may be more than the memory holds
            self._loaded.popitem(last=False)
        model = open_model(choice.name, choice.device, choice.threads)
        self._loaded[choice] = (stamp, model)
        return model

    def clear(self) -> None:
        """Let go of all of them, to have their memory back."""
        self._loaded.clear()

    def names(self) -> list[str]:
        """Name and device of each, the one used last at the end. Safe from other threads."""
        return [f"{model.card.name} on {model.device}" for _, model in list(self._loaded.values())]


class StopSign:
    """Says that work is not wanted any more, and ends the run of a network that is going on."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._set = False
        self._run: Any = None

    @property
    def is_set(self) -> bool:
        """Whether the work was cancelled."""
        return self._set

    def set(self) -> None:
        """Cancel; returns at once. May be called again."""
        with self._lock:
            self._set = True
            if self._run is not None:
                self._run.terminate = True

    def check(self) -> None:
        """Raises FrameCancelled if the work was cancelled."""
        if self._set:
            raise FrameCancelled

    def begin(self, run: Any) -> None:
        """Name the `onnxruntime.RunOptions` of the run that begins. Raises FrameCancelled."""
        with self._lock:
            self.check()
            self._run = run

    def end(self) -> None:
        """The run that had begun is over."""
        with self._lock:
            self._run = None


class _StoppableSession:
    """What `NormalsModel` asks of an ONNX Runtime session, with an end on demand."""

    def __init__(self, session: Any, sign: StopSign) -> None:
        self._session = session
        self._sign = sign

    def get_inputs(self) -> Any:
        return self._session.get_inputs()

    def run(self, names: Any, feed: Any) -> Any:
        import onnxruntime as ort

        options = ort.RunOptions()
        self._sign.begin(options)
        try:
            return self._session.run(names, feed, options)
        finally:
            self._sign.end()


M = TypeVar("M", "NormalsModel", "TextureModel", "FieldModel", "MaterialModel")


def stoppable(model: M, sign: StopSign) -> M:
    """The same model, whose runs end once `sign` is set.

    One that is going on ends with ONNX Runtime's own error: whoever catches it asks the sign whether that was a failure
    or the wish to stop. No further one begins: `FrameCancelled`.
    """
    return replace(model, session=_StoppableSession(model.session, sign))
