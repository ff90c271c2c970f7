"""The line between a host (Nuke, Maya) and the worker, a Python process of its own that has what a host's Python lacks.

    from worker_link.client import WorkerClient
    from worker_link.jobs import Frame, NormalsOptions

    with WorkerClient("nuke") as client:
        report = client.normals([Frame("/plates/a.1001.exr", "/out/a.1001.exr")], NormalsOptions(detail="high"))

A room of its own, because both plug-ins and the worker in `core` need it and none of them may import another. Standard
library only, from Python 3.9 on, and it imports no other room: `platelight install` copies it beside a plug-in.
"""
