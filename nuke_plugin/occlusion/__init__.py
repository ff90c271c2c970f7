"""The PlateOcclusion node: ambient occlusion of normals, and depth where there is one, made by the worker.

controls.py      what the node's file and its code have to agree on
render.py        the button: normals and depth to EXR, the worker beside Nuke, the occlusion read back
buttons.py       what the node's file calls
"""
