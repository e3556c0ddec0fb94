"""Check what the action server answers, with validators that are made once.

Rasa calls ``jsonschema.validate`` for every answer, which checks the schema itself each time
and so costs more than understanding the message; of the same schemas validators are kept here.
"""

from __future__ import annotations

from typing import Any

from jsonschema.protocols import Validator
from jsonschema.validators import validator_for
from rasa.core.actions.action import RemoteAction
from rasa.core.nlg.callback import nlg_response_format_spec


def action_validator() -> Validator:
    """Return what validates the answer to an action's call."""
    return _validator(RemoteAction.action_response_format_spec())


def wording_validator() -> Validator:
    """Return what validates a worded response of the NLG endpoint."""
    return _validator(nlg_response_format_spec())


def install_action_validator() -> None:
    """Let all actions use one; Rasa makes their objects itself, anew for each call."""
    validator = action_validator()

    def check(_: RemoteAction, answer: Any) -> bool:
        validator.validate(answer)
        return True

    RemoteAction._validate_action_result = check  # type: ignore[method-assign]


def _validator(schema: dict[str, Any]) -> Validator:
    kind = validator_for(schema)
    kind.check_schema(schema)
    return kind(schema)
