"""The Maya side of Platelight. Nothing is offered here yet.

This folder will hold the module file, the menu and the commands that turn a scene specification into a Maya scene and
render its passes. It will run inside Maya's own Python (3.9 and later), so it may import only the standard library,
Maya (in one `host.py`) and the host-safe files of `scene_generator`: never `core`, torch or onnxruntime.
"""
