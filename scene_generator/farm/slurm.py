"""A job as Slurm batch scripts: one a step, an array where it has several tasks, and a script that submits them."""

from __future__ import annotations

import shlex
from typing import Dict, Sequence  # noqa: UP035 - Python 3.9

from scene_generator.farm.job import Job, Step, filled, grouped, pieces

PAUSE_S = 10
"""Seconds between a failed attempt and the next."""
GRACE_S = 60
"""Seconds that a program has to end by itself when its time is over."""


def slurm_scripts(job: Job) -> Dict[str, str]:  # noqa: UP006
    """Return file name -> text: STEP.sbatch for each step, and submit.sh.

    Attempts are a loop in the script: Slurm itself starts a task again only after its machine has failed.
    """
    scripts = {f"{step.name}.sbatch": _batch(job, step) for step in job.steps}
    return {**scripts, "submit.sh": _submit(job)}


def _batch(job: Job, step: Step) -> str:
    several = step.tasks > 1
    lines = ["#!/bin/bash", f"#SBATCH --job-name={job.name}-{step.name}"]
    if several:
        lines.append(f"#SBATCH --array=0-{step.tasks - 1}")
    lines += ["#SBATCH --ntasks=1", f"#SBATCH --cpus-per-task={step.cores}"]
    lines += [f"#SBATCH --mem={step.memory_mb}M"] if step.memory_mb else []
    lines += [f"#SBATCH --gpus={step.gpus}"] if step.gpus else []
    if step.timeout_s:
        every = step.attempts * (step.timeout_s + GRACE_S + PAUSE_S)
        lines += ["# Minutes, for every attempt together:", f"#SBATCH --time={-(-every // 60)}"]
    # Relative to the folder that submit.sh goes to, so that no blank of a path can break the line.
    lines.append(f"#SBATCH --output=logs/%x-{'%A_%a' if several else '%j'}.log")
    lines += ["", "set -u"]
    lines += [f"export {name}={shlex.quote(text)}" for name, text in step.environment.items()]
    used = {name for word in step.command for _, name in pieces(word)}
    lines += [f"{one.name}={shlex.quote(one.value)}" for one in job.parameters if one.name in used]
    lines += ["command=(", *(f"    {_words(line, step)}" for line in grouped(step.command)), ")", ""]
    limit = f"timeout --kill-after={GRACE_S} {step.timeout_s} " if step.timeout_s else ""
    lines += [
        f"for attempt in $(seq {step.attempts}); do",
        f'    {limit}"${{command[@]}}" && exit 0',
        "    code=$?",
        f'    echo "attempt $attempt of {step.attempts} ended with exit code $code" >&2',
        f'    [ "$attempt" -lt {step.attempts} ] && sleep {PAUSE_S}',
        "done",
        'exit "$code"',
    ]
    return "\n".join(lines) + "\n"


def _words(words: Sequence[str], step: Step) -> str:
    return " ".join(_word(word, step) for word in words)


def _word(word: str, step: Step) -> str:
    task = '"$SLURM_ARRAY_TASK_ID"' if step.tasks > 1 else "0"
    values = {"task": task, "tasks": str(step.tasks)}
    return filled(word, lambda name: values.get(name, f'"${name}"'), shlex.quote) or "''"


def _submit(job: Job) -> str:
    lines = [
        "#!/bin/bash",
        "# Submits every step. What is given to this script goes to each sbatch: ./submit.sh --partition=render",
        "set -euo pipefail",
        'cd "$(dirname -- "${BASH_SOURCE[0]}")"',
        "mkdir -p logs",
    ]
    for step in job.steps:
        words = ["sbatch", "--parsable"]
        if step.after:
            # `--parsable` prints "number;cluster" where there are several clusters.
            numbers = ":".join(f"${{job_{name}%%;*}}" for name in step.after)
            words += [f'--dependency="afterok:{numbers}"', "--kill-on-invalid-dep=yes"]
        words += ['"$@"', f"{step.name}.sbatch"]
        lines.append(f"job_{step.name}=$({' '.join(words)})")
        lines.append(f'echo "{step.name}: job $job_{step.name}"')
    return "\n".join(lines) + "\n"
