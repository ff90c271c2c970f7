"""A job as an Open Job Description template, specification `jobtemplate-2023-09`.

The template is written as YAML whose scalars are quoted as JSON quotes them, which every YAML reader takes: no YAML
package is needed to write it. Open Job Description has no number of attempts; the scheduler that runs it has.
"""

from __future__ import annotations

import json
from typing import Any, Dict, List  # noqa: UP035 - Python 3.9

from scene_generator.farm.job import Job, Parameter, Step, filled
from scene_generator.spec import SpecError

TASK = "Task"
"""Name of the one task parameter."""


def openjd_template(job: Job) -> Dict[str, Any]:  # noqa: UP006
    """Return the template as plain dictionaries and lists.

    Paths are parameters of the type STRING: a PATH may not have an absolute default, and what is meant here is a folder
    on shared storage that is the same everywhere.

    Raises:
        SpecError: text in a command or variable holds `{{` or `}}`, ends with `{` or begins with `}`, which the
            specification cannot quote.
    """
    template: Dict[str, Any] = {"specificationVersion": "jobtemplate-2023-09", "name": job.name}  # noqa: UP006
    if job.parameters:
        template["parameterDefinitions"] = [_parameter(parameter) for parameter in job.parameters]
    template["steps"] = [_step(step) for step in job.steps]
    return template


def openjd_yaml(job: Job) -> str:
    """Return the template as YAML text. Raises as `openjd_template`."""
    return "\n".join(_lines(openjd_template(job))) + "\n"


def _parameter(parameter: Parameter) -> Dict[str, Any]:  # noqa: UP006
    number = parameter.kind == "number"
    written: Dict[str, Any] = {  # noqa: UP006
        "name": parameter.name,
        "type": "INT" if number else "STRING",
        "default": int(parameter.value) if number else parameter.value,
    }
    if parameter.summary:
        written["description"] = parameter.summary
    return written


def _step(step: Step) -> Dict[str, Any]:  # noqa: UP006
    several = step.tasks > 1
    values = {"task": f"{{{{Task.Param.{TASK}}}}}" if several else "0", "tasks": str(step.tasks)}

    def value(name: str) -> str:
        return values.get(name, f"{{{{Param.{name}}}}}")

    words = [filled(word, value, _text) for word in step.command]
    action: Dict[str, Any] = {"command": words[0], "args": words[1:]}  # noqa: UP006
    if step.timeout_s:
        action["timeout"] = step.timeout_s
    written: Dict[str, Any] = {"name": step.name}  # noqa: UP006
    if step.after:
        written["dependencies"] = [{"dependsOn": name} for name in step.after]
    if several:
        span = {"name": TASK, "type": "INT", "range": f"0-{step.tasks - 1}"}
        written["parameterSpace"] = {"taskParameterDefinitions": [span]}
    written["hostRequirements"] = {"amounts": _amounts(step)}
    if step.environment:
        variables = {name: _text(text) for name, text in step.environment.items()}
        written["stepEnvironments"] = [{"name": "variables", "variables": variables}]
    written["script"] = {"actions": {"onRun": action}}
    return written


def _amounts(step: Step) -> List[Dict[str, Any]]:  # noqa: UP006
    asked = (("vcpu", step.cores), ("memory", step.memory_mb), ("gpu", step.gpus))
    return [{"name": f"amount.worker.{name}", "min": amount} for name, amount in asked if amount]


def _text(text: str) -> str:
    # A single one at an end would stand beside the two of a parameter.
    if "{{" in text or "}}" in text or text.endswith("{") or text.startswith("}"):
        raise SpecError(f"{text!r}: an Open Job Description cannot hold such braces; rename what they are part of")
    return text


def _lines(value: Any) -> List[str]:  # noqa: UP006
    if isinstance(value, dict) and value:
        lines = []
        for key, item in value.items():
            if _is_nested(item):
                lines += [f"{key}:", *("  " + line for line in _lines(item))]
            else:
                lines.append(f"{key}: {_scalar(item)}")
        return lines
    lines = []
    for item in value:
        inner = _lines(item) if _is_nested(item) else [_scalar(item)]
        lines += ["- " + inner[0], *("  " + line for line in inner[1:])]
    return lines


def _is_nested(item: Any) -> bool:
    return isinstance(item, (dict, list)) and bool(item)


def _scalar(item: Any) -> str:
    return json.dumps(item, ensure_ascii=False)
