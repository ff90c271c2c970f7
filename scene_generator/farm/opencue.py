"""A job as a PyOutline script, which submits it to OpenCue when it is run."""

from __future__ import annotations

from typing import List  # noqa: UP035 - Python 3.9

from scene_generator.farm.job import Job, Step, filled, grouped

SCRIPT_NAME = "opencue_job.py"
"""Not `opencue.py`: Python looks beside the script first, and PyOutline imports a package of that name."""


def opencue_outline(job: Job) -> str:
    """Return the text of the script.

    A layer is a step and a frame is a task, from 0. Frames run the command itself (`use_pycuerun=False`), so that the
    machines which render need no PyOutline; Cuebot puts the frame's number where the command says #IFRAME#. A layer's
    timeout is in minutes. OpenCue counts retries for a whole job: the largest number of any step is used.
    """
    lines = [
        f'"""Submits the job {job.name} to OpenCue: python {SCRIPT_NAME}"""',
        "",
        "import shlex",
        "",
        "import outline",
        "from outline.cuerun import launch",
        "from outline.modules.shell import Shell",
        "",
        f"job = outline.Outline(name={job.name!r}, current=True)",
    ]
    lines += [f"{one.name} = {one.value!r}  # {one.summary}".rstrip("# ") for one in job.parameters]
    for step in job.steps:
        lines += ["", *_layer(step)]
    retries = max(step.attempts for step in job.steps) - 1
    lines += ["", 'if __name__ == "__main__":', f"    launch(job, use_pycuerun=False, maxretries={retries})"]
    return "\n".join(lines) + "\n"


def _layer(step: Step) -> List[str]:  # noqa: UP006
    lines = [f"layer_{step.name} = Shell(", f"    {step.name!r},", "    command=shlex.join(", "        ["]
    lines += [f"            {', '.join(_word(word, step) for word in line)}," for line in grouped(step.command)]
    lines += ["        ]", "    ),", f'    range="0-{step.tasks - 1}",', f"    cores={step.cores},"]
    lines += [f'    memory="{step.memory_mb}m",'] if step.memory_mb else []
    lines += [f"    gpus={step.gpus},"] if step.gpus else []
    lines += [f"    timeout={-(-step.timeout_s // 60)},"] if step.timeout_s else []
    lines += [f"    env={step.environment!r},"] if step.environment else []
    lines.append(")")
    return lines + [f"layer_{step.name}.depend_all(layer_{name})" for name in step.after]


def _word(word: str, step: Step) -> str:
    """Return the Python expression of one word."""
    values = {"task": "'#IFRAME#'", "tasks": repr(str(step.tasks))}
    parts: List[str] = []  # noqa: UP006

    def keep(expression: str) -> str:
        parts.append(expression)
        return ""

    filled(word, lambda name: keep(values.get(name, name)), lambda text: keep(repr(text)))
    return " + ".join(parts) or "''"
