"""Begin a run where an exported model ended: what makes a shipped model the start of one's own.

An export holds no checkpoint, but its weights under the names of their modules, rounded to float16. Two things differ
from the network that was trained. Batch normalisations are folded into the filters before them; here each begins as
the identity and is then set, from batches of the new data, so that it changes nothing at first and normalises all the
same. And factors that the export put around the network are left behind: the new run's export finds its own.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import NodeProto, numpy_helper
from torch import Tensor, nn

from core.card import ModelCard
from core.errors import ModelMismatch
from core.inference.onnx_file import external_files
from core.training.task import Batch, Task

__all__ = ["exported_weights", "fill_from_export", "settle_norms"]

_STORED = re.compile(r"^(?:network\.)*(?P<name>.*?)(?:\.half)?$")
_UNNAMED = "onnx::"  # begins the name of a weight that the exporter computed
_WITH_WEIGHTS = ("Conv", "Gemm", "MatMul")


def exported_weights(path: Path) -> dict[str, Tensor]:
    """The weights in an ONNX file of `platelight export`, float32, by the names of torch's modules.

    Raises:
        ModelMismatch: the file cannot be read.
    """
    try:
        if external_files(path):
            raise ValueError("a whole file is needed, and it keeps weights in another one")
        graph = onnx.load(str(path), load_external_data=False).graph
        stored = {_matched(item.name): numpy_helper.to_array(item) for item in graph.initializer}
        for node in graph.node:  # equal weights are stored once, and lent to the others
            if node.op_type == "Identity" and _matched(node.input[0]) in stored:
                stored[_matched(node.output[0])] = stored[_matched(node.input[0])]
        found = {name: _tensor(values) for name, values in stored.items() if not name.startswith(_UNNAMED)}
        for node in graph.node:
            if node.op_type not in _WITH_WEIGHTS:
                continue
            module = _module_of(node)
            for name, kind in zip(node.input[1:], ("weight", "bias"), strict=False):
                # By the node's name: weights that the exporter has computed have none.
                values = stored.get(_matched(name))
                if values is not None and f"{module}.{kind}" not in found:
                    found[f"{module}.{kind}"] = _tensor(values.T if node.op_type == "MatMul" else values)
    except Exception as error:  # those of protobuf and of onnx's C++ have no class in common
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ModelMismatch(f"{path}: its weights cannot be read ({reason}); export the model again") from error
    return found


def fill_from_export(module: nn.Module, card: ModelCard) -> list[nn.BatchNorm2d]:
    """Give `module` the weights of an exported model.

    Returns:
        The batch normalisations that were folded away in the export. They do nothing now; see `settle_norms`.

    Raises:
        ModelMismatch: weights are missing or of another shape; the module is left half filled.
    """
    weights = exported_weights(card.weights_path)
    state = module.state_dict()
    settled = []
    for filters, norm in _folded_pairs(module):
        bias = weights.pop(f"{filters}.bias", None)
        if bias is None or f"{norm}.weight" in weights:
            continue
        layer = module.get_submodule(norm)
        assert isinstance(layer, nn.BatchNorm2d)
        weights |= {
            f"{norm}.weight": torch.ones_like(bias),
            f"{norm}.bias": bias,
            f"{norm}.running_mean": torch.zeros_like(bias),
            f"{norm}.running_var": torch.full_like(bias, 1.0 - layer.eps),
            f"{norm}.num_batches_tracked": state[f"{norm}.num_batches_tracked"],
        }
        settled.append(layer)
    try:
        module.load_state_dict({name: values for name, values in weights.items() if name in state})
    except RuntimeError as error:
        reason = str(error).splitlines()[-1].strip()
        raise ModelMismatch(
            f"{card.folder}: its network has another shape ({reason}); use a recipe of the same networks as the model's"
        ) from error
    return settled


def settle_norms(task: Task, norms: Iterable[nn.BatchNorm2d], batches: Iterable[Batch]) -> None:
    """Set each normalisation by what passes it in `batches`, without changing what the network answers.

    Args:
        task: whose losses are computed of each batch, with its model as in use.
        norms: identities, of `task.model`.
    """
    sums: dict[nn.BatchNorm2d, list[Tensor]] = {}

    def look(norm: nn.Module, given: tuple[Tensor, ...]) -> None:
        assert isinstance(norm, nn.BatchNorm2d)
        values = given[0].detach().double()
        figures = [values.mean((0, 2, 3)), values.square().mean((0, 2, 3)), torch.ones((), dtype=torch.float64)]
        known = sums.get(norm)
        sums[norm] = figures if known is None else [a + b for a, b in zip(known, figures, strict=True)]

    training = task.model.training
    phase = next(phase for phase in task.phases() if phase.module is task.model)
    with ExitStack() as hooks, torch.no_grad():
        for norm in norms:
            hooks.callback(norm.register_forward_pre_hook(look).remove)
        task.model.eval()
        for batch in batches:
            phase.losses(batch)
        task.model.train(training)
        for norm, (mean, square, count) in sums.items():
            middle = mean / count
            spread = (square / count - middle.square()).clamp_min(0.0)
            assert norm.running_mean is not None
            assert norm.running_var is not None
            norm.bias.add_(middle.float())
            norm.weight.copy_((spread + norm.eps).sqrt())
            norm.running_mean.copy_(middle)
            norm.running_var.copy_(spread)


def _folded_pairs(module: nn.Module) -> list[tuple[str, str]]:
    """(filter, norm) of each filter without a bias that a normalisation follows, by name."""
    pairs = []
    for name, part in module.named_modules():
        if not isinstance(part, nn.Sequential):
            continue
        children = [(f"{name}.{key}" if name else key, child) for key, child in part.named_children()]
        for (first, filters), (second, norm) in itertools.pairwise(children):
            if isinstance(filters, nn.Conv2d) and filters.bias is None and isinstance(norm, nn.BatchNorm2d):
                pairs.append((first, second))
    return pairs


def _matched(stored: str) -> str:
    found = _STORED.match(stored)
    assert found is not None
    return found["name"]


def _tensor(values: npt.NDArray[np.generic]) -> Tensor:
    return torch.from_numpy(np.array(values, np.float32))


def _module_of(node: NodeProto) -> str:
    """Of the node "/network/up/up.0/mix/MatMul": "up.0.mix". Within a list a name repeats that of the list."""
    parts: list[str] = []
    for part in node.name.strip("/").split("/")[:-1]:
        if parts and part.startswith(f"{parts[-1]}."):
            parts[-1] = part
        else:
            parts.append(part)
    return _matched(".".join(parts))
