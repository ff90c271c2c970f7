"""Talks to the worker, a Python process of its own that has what a host's Python lacks.

    from nuke_plugin.worker.client import WorkerClient
    from nuke_plugin.worker.jobs import Frame, NormalsOptions

    with WorkerClient("nuke") as client:
        report = client.normals([Frame("/plates/a.1001.exr", "/out/a.1001.exr")], NormalsOptions(detail="high"))

Standard library only, from Python 3.9 on, and nothing from the rest of the plug-in. These files can be copied whole
into another plug-in: they name each other only through their own package, and `wire.py` and `place.py` are the same
files as in `core/worker`.
"""
