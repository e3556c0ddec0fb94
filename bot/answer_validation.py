"""Check what the action server answers, with validators that are made once.

Rasa calls ``jsonschema.validate`` for every answer, which checks the schema itself each time
and so costs more than understanding the message; of the same schemas validators are kept here.
"""

from __future__ import annotations

from typing import Any

from jsonschema.validators import validator_for
from rasa.core.actions.action import RemoteAction
from rasa.core.nlg.callback import nlg_response_format_spec


def _validator(schema: dict[str, Any]) -> Any:
    kind = validator_for(schema)
    kind.check_schema(schema)
    return kind(schema)


class AnswerValidator:
    """Validate answers of actions and of the NLG endpoint."""

    def __init__(self) -> None:
        self._action = _validator(RemoteAction.action_response_format_spec())
        self._wording = _validator(nlg_response_format_spec())

    def check_action(self, answer: dict[str, Any]) -> bool:
        """Check the answer to an action's call.

        Raises:
            ValidationError: it is none (of jsonschema).
        """
        self._action.validate(answer)
        return True

    def check_wording(self, message: Any) -> None:
        """Check a worded response.

        Raises:
            ValidationError: it is none (of jsonschema).
        """
        self._wording.validate(message)

    def install(self) -> None:
        """Let all actions use it; Rasa makes their objects itself, anew for each call."""
        RemoteAction._validate_action_result = (  # type: ignore[method-assign]
            lambda _, answer: self.check_action(answer)
        )
