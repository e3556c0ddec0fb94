"""A server with OpenAI's chat completions, whose answers tests write.

https://platform.openai.com/docs/api-reference/chat/object
"""

from __future__ import annotations

import json
from typing import Any

from tests.fakes.json_server import JsonServer, Seen

MODEL = "small-model"


class FakeOpenAi(JsonServer):
    """The server; use it in a ``with`` statement.

    Args:
        api_key: key that it demands, empty for none.

    Attributes:
        says: content of the next answers.
        finish_reason: why the model ended.
    """

    def __init__(self, api_key: str = "") -> None:
        super().__init__()
        self.says: str | None = ""
        self.finish_reason = "stop"
        self._api_key = api_key

    @property
    def api(self) -> str:
        """Address of the API, as the setting has it."""
        return f"{self.url}/v1"

    def asked(self) -> dict[str, Any]:
        """Return the data of the last request: question and passages."""
        return json.loads(self.requests[-1].body["messages"][-1]["content"])

    def answer(self, seen: Seen) -> tuple[int, Any]:
        """Return a completion, or the error that OpenAI's API gives."""
        if self._api_key and seen.headers.get("authorization") != f"Bearer {self._api_key}":
            return 401, _error("Incorrect API key provided.", "invalid_api_key")
        if seen.path != "/v1/chat/completions":
            return 404, _error("Unknown request URL.", "unknown_url")
        if seen.body["model"] != MODEL:
            return 404, _error("The model does not exist.", "model_not_found")
        message = {"role": "assistant", "content": self.says, "refusal": None}
        choice = {
            "index": 0,
            "message": message,
            "logprobs": None,
            "finish_reason": self.finish_reason,
        }
        return 200, {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1_760_000_000,
            "model": MODEL,
            "choices": [choice],
            "usage": {"prompt_tokens": 9, "completion_tokens": 12, "total_tokens": 21},
        }


def _error(message: str, code: str) -> dict[str, Any]:
    kind = "invalid_request_error"
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}
