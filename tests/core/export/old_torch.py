"""Runs a TorchScript file in another Python, whose torch is old: `PYTHON old_torch.py FILE IN.npz OUT.npz`.

Not a test: a child process of one, with the interpreter's own torch and numpy. Each array of IN is a plate (H, W, C),
named `frame`, or `frame;attribute=value;...` for attributes to be set after loading. OUT has the answers (H, W, 4) by
the same names, and `version`.

A host loads a file once and asks it for frame after frame: torch compiles it anew after the first answers, for what it
has seen by then. So all plates are also given to one module, each twice, and it has to say what a fresh one says.
"""

import sys

import numpy as np
import torch

AGAIN = 2
CLOSE = 5e-3  # of the largest number: the second answer comes from other kernels


def main(file, source, target):
    torch.set_num_threads(1)
    plates = np.load(source)
    answers = {"version": np.array(torch.__version__)}
    kept = {half: loaded(file, half) for half in (False, True)}
    for name in plates.files:
        settings = [setting for setting in name.split(";")[1:] if setting != "half"]
        half = name.endswith(";half")
        frame = torch.from_numpy(np.ascontiguousarray(plates[name].transpose(2, 0, 1)[None]))
        frame = frame.half() if half else frame
        fresh = loaded(file, half)
        change(fresh, settings)
        with torch.no_grad():
            answer = fresh(frame)
        if not answer.is_contiguous():
            raise ValueError("not contiguous")
        answers[name] = answer[0].float().numpy().transpose(1, 2, 0)
        before = change(kept[half], settings)
        for _ in range(AGAIN):
            with torch.no_grad():
                other = kept[half](frame)
            apart = float((other.float() - answer.float()).abs().max())
            if not apart < (2.0 if half else 1.0) * CLOSE * max(1.0, float(answer.float().abs().max())):
                raise ValueError(f"{name[:60]}: asked again it says something else, {apart} apart")
        change(kept[half], before)
    np.savez(target, **answers)


def loaded(file, half):
    module = torch.jit.load(file).eval()
    return module.half() if half else module


def change(module, settings):
    """Set attributes, "name=value" each; return what sets them back."""
    before = []
    for setting in settings:
        attribute, _, value = setting.partition("=")
        if type(getattr(module, attribute)) is not float:
            raise TypeError(attribute)
        before.append(f"{attribute}={getattr(module, attribute)!r}")
        setattr(module, attribute, float(value))
    return before


if __name__ == "__main__":
    main(*sys.argv[1:])
