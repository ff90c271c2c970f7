"""`platelight worker`: the process that works for Nuke and Maya; they start it themselves."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["worker"]


def worker(
    idle_minutes: Annotated[float, typer.Option(min=0.01, help="End after so many minutes without a job.")] = 15.0,
    models: Annotated[int, typer.Option(min=1, max=16, help="Models that stay loaded.")] = 2,
    status: Annotated[bool, typer.Option("--status", help="Print what the running worker does, as JSON.")] = False,
    stop: Annotated[bool, typer.Option("--stop", help="End the running worker after the jobs that it has.")] = False,
    register: Annotated[
        bool, typer.Option("--register", help="Make this Python the one that Nuke and Maya start the worker with.")
    ] = False,
) -> None:
    """Work for Nuke and Maya: keep models loaded, make normals and light estimates on demand.

    The plug-ins start this themselves when they need it. One worker serves all programs of a user; it listens on this
    machine only and lets nobody in who cannot read its user's files. It ends by itself when it has had nothing to do.

    Examples:

        platelight worker --register

        platelight worker --status

        platelight worker --stop
    """
    import json
    import logging
    import sys

    from core.cli.console import console
    from core.errors import BadConfig, BadInput
    from core.worker.serve import Worker
    from core.worker.visit import ask
    from worker_link.place import PlaceError, find_place, setting_file, write_setting

    if status + stop + register > 1:
        raise BadConfig("use one of --status, --stop and --register at a time")
    try:
        if register:
            write_setting(setting_file(), sys.executable)
            console.print(f"{setting_file()} names {sys.executable}", markup=False, soft_wrap=True)
            return
        place = find_place()
    except PlaceError as error:
        raise BadInput(str(error)) from error
    except OSError as error:
        raise BadInput(f"{setting_file()}: cannot be written ({error.strerror})") from error
    if status or stop:
        answer = ask(place, {"type": "status"} if status else {"type": "shutdown", "mode": "finish"})
        if status:
            print(json.dumps(answer, indent=2))
        elif answer is None:
            console.print("no worker is running", markup=False)
        return
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    Worker(place, idle_minutes * 60.0, models).serve()
