"""The PlateProbe node: the light of a plate, estimated by the worker, and what is set up from it.

controls.py      what the node's file, its code and PlateRelight have to agree on
values.py        an estimate in the node's knobs, and out of them
estimate.py      the button Estimate: render, worker, knobs
set_up.py        PlateRelight from an estimate
light_nodes.py   Nuke's own light nodes from an estimate
buttons.py       what the node's file calls
"""
