"""How fast Platelight is, part by part, beside what the machine and the bare libraries could do in the same minutes.

Every figure stands beside a baseline that was timed in turn with it, so that a busy machine slows both and the ratio
stays. `platelight bench` runs the parts and prints the table:

    loading      records out of shards              against plain reading of the same bytes, and bare decoding
    training     a step of the training loop        against forward, backward and optimiser alone
    inference    the network, and a whole plate     against a bare onnxruntime call of the same graph
    torch        the same network                   against torch eager and compiled
    relight      eight lights on a plate, numpy     against what the memory's bandwidth allows
    exr          EXR files written and read         against OpenImageIO called bare

Rendering training pairs belongs to the scene generator, which `core` does not see: `core.cli.bench_generation`.
"""

from __future__ import annotations

from core.bench.row import LeftOut, Row, Settings

__all__ = ["LeftOut", "Row", "Settings"]
