"""A folder with one job in every form."""

from __future__ import annotations

import os
from pathlib import Path
from typing import List  # noqa: UP035 - Python 3.9

from scene_generator.farm.job import Job
from scene_generator.farm.opencue import SCRIPT_NAME, opencue_outline
from scene_generator.farm.openjd import openjd_yaml
from scene_generator.farm.slurm import slurm_scripts
from scene_generator.spec import SpecError

JOB_NAME = "job.json"


def write_folder(job: Job, folder: Path) -> List[Path]:  # noqa: UP006
    """Write job.json, openjd.yaml, slurm/*.sbatch, slurm/submit.sh and opencue_job.py; return their paths.

    Raises:
        SpecError: the folder cannot be written, or the job cannot be said in one of the forms.
    """
    texts = {"openjd.yaml": openjd_yaml(job), SCRIPT_NAME: opencue_outline(job)}
    texts.update((f"slurm/{name}", text) for name, text in slurm_scripts(job).items())
    texts[JOB_NAME] = job.to_json()
    paths = []
    for name, text in texts.items():
        path = folder / name
        write_whole(path, text)
        if name.endswith(".sh"):
            path.chmod(path.stat().st_mode | 0o111)
        paths.append(path)
    return paths


def write_whole(path: Path, text: str) -> None:
    """Write UTF-8 `text` to `path`, whole or not at all, with line ends as they are; make folders.

    Raises:
        SpecError: it cannot be written.
    """
    # core.atomic does this for the rest of the project, and a host's interpreter has no core.
    temporary = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with open(temporary, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise SpecError(f"{path}: cannot be written ({error.strerror}); choose another folder") from error
