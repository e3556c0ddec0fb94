"""Sunbird's OpenAPI files, and checks of messages against them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from openapi_schema_validator import OAS30Validator

_FOLDER = Path(__file__).parent.parent / "data" / "openapi"


@cache
def description(name: str) -> dict[str, Any]:
    """Return a file; what YAML reads as a time is a string again.

    Args:
        name: file name without extension.
    """
    with (_FOLDER / f"{name}.yaml").open(encoding="utf-8") as file:
        parsed = yaml.load(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    return json.loads(json.dumps(parsed, default=str))


def operation(name: str, method: str, path: str) -> dict[str, Any]:
    """Return an operation, its path below ``/api`` as the file writes it."""
    return description(name)["paths"][path][method.lower()]


def faults(name: str, schema: dict[str, Any], message: Any) -> list[str]:
    """Return what is wrong with a message, as ``where: rule``; nothing if it conforms.

    Args:
        name: file whose components the schema refers to.
        schema: schema of the message.
        message: parsed JSON.
    """
    root = {"allOf": [schema], "components": description(name)["components"]}
    found = OAS30Validator(root).iter_errors(message)
    return [f"{'.'.join(map(str, e.absolute_path))}: {e.validator}" for e in found]
