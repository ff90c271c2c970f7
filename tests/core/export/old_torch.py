"""Runs a TorchScript file in another Python, whose torch is old: `PYTHON old_torch.py FILE IN.npz OUT.npz`.

Not a test: a child process of one, with the interpreter's own torch and numpy. Each array of IN is a plate (H, W, C),
named `frame`, or `frame;attribute=value;...` for attributes to be set after loading. OUT has the answers (H, W, 4) by
the same names, and `version`.
"""

import sys

import numpy as np
import torch


def main(file, source, target):
    torch.set_num_threads(1)
    plates = np.load(source)
    answers = {"version": np.array(torch.__version__)}
    for name in plates.files:
        module = torch.jit.load(file).eval()
        for setting in name.split(";")[1:]:
            attribute, _, value = setting.partition("=")
            if attribute == "half":
                module = module.half()
                continue
            if type(getattr(module, attribute)) is not float:
                raise TypeError(attribute)
            setattr(module, attribute, float(value))
        frame = torch.from_numpy(np.ascontiguousarray(plates[name].transpose(2, 0, 1)[None]))
        with torch.no_grad():
            answer = module(frame.half() if "half" in name else frame)
        if not answer.is_contiguous():
            raise ValueError("not contiguous")
        answers[name] = answer[0].float().numpy().transpose(1, 2, 0)
    np.savez(target, **answers)


if __name__ == "__main__":
    main(*sys.argv[1:])
