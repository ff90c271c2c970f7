"""The Nuke side of Platelight. Nothing is offered here yet.

This folder will hold the menu, the gizmos and the client that sends a plate to a worker process and reads its normals
layer back. It will run inside Nuke's own Python (3.9 and later), so it may import only the standard library, Nuke (in
one `host.py`) and the host-safe files of `scene_generator`: never `core`, torch or onnxruntime.
"""
