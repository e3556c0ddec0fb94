"""Bhashini's pipeline API on the loopback; its "translation" marks what it was given.

Config and compute calls as https://bhashini.gitbook.io/bhashini-apis has them.
"""

from __future__ import annotations

from typing import Any

from tests.fakes.json_server import JsonServer, Seen

USER_ID = "5f0c0de0f00d4c0ffee0"
API_KEY = "fake-ulca-key"
PIPELINE = "fake-pipeline"
CONFIG_PATH = "/ulca/apis/v0/model/getModelsPipeline"
_COMPUTE_PATH = "/services/inference/pipeline"
PAIRS = [("en", "hi"), ("hi", "en"), ("en", "gom"), ("en", "ta")]


def marked(text: str, target: str) -> str:
    """Return the fake's translation of a text."""
    return f"{text} ({target})"


class FakeBhashini(JsonServer):
    """The server; use it in a ``with`` statement.

    Attributes:
        key: what the compute call demands; it may change.
        drops: how many translations an answer lacks.
        callback: address of the compute call, empty for this server.
    """

    def __init__(self) -> None:
        super().__init__()
        self.key = "inference-key-1"
        self.drops = 0
        self.callback = ""

    @property
    def config_url(self) -> str:
        """Address of the config call."""
        return self.url + CONFIG_PATH

    def computed(self) -> list[list[str]]:
        """Return the sentences of each compute call so far."""
        calls = [seen.body for seen in self.requests if seen.path == _COMPUTE_PATH]
        return [[one["source"] for one in call["inputData"]["input"]] for call in calls]

    def configured(self) -> int:
        """Return how many config calls there were."""
        return sum(seen.path == CONFIG_PATH for seen in self.requests)

    def answer(self, seen: Seen) -> tuple[int, Any]:
        """Return what a call answers."""
        if seen.path == CONFIG_PATH:
            return self._config(seen)
        if seen.path == _COMPUTE_PATH:
            return self._compute(seen)
        return 404, {"message": "no such path"}

    def _config(self, seen: Seen) -> tuple[int, Any]:
        if (seen.headers.get("userid"), seen.headers.get("ulcaapikey")) != (USER_ID, API_KEY):
            return 401, {"message": "Unauthorized"}
        if seen.body["pipelineRequestConfig"]["pipelineId"] != PIPELINE:
            return 400, {"message": "PipelineId does not exist"}
        services = [
            {
                "serviceId": f"ai4bharat/indictrans-{source}-{target}",
                "modelId": "641d1cd18ecee6735a1b372a",
                "language": {
                    "sourceLanguage": source,
                    "sourceScriptCode": "",
                    "targetLanguage": target,
                    "targetScriptCode": "",
                },
            }
            for source, target in PAIRS
        ]
        return 200, {
            "languages": [
                {"sourceLanguage": source, "targetLanguageList": [target]}
                for source, target in PAIRS
            ],
            "pipelineResponseConfig": [{"taskType": "translation", "config": services}],
            "feedbackUrl": f"{self.url}/services/feedback/submit",
            "pipelineInferenceAPIEndPoint": {
                "callbackUrl": self.callback or self.url + _COMPUTE_PATH,
                "inferenceApiKey": {"name": "Authorization", "value": self.key},
                "isMultilingualEnabled": True,
                "isSyncApi": True,
            },
            "pipelineInferenceSocketEndPoint": {
                "callbackUrl": "wss://127.0.0.1",
                "inferenceApiKey": {"name": "Authorization", "value": self.key},
                "isMultilingualEnabled": True,
                "isSyncApi": True,
            },
        }

    def _compute(self, seen: Seen) -> tuple[int, Any]:
        if seen.headers.get("authorization") != self.key:
            return 401, {"detail": {"message": "Unauthorized"}}
        [task] = seen.body["pipelineTasks"]
        language = task["config"]["language"]
        source, target = language["sourceLanguage"], language["targetLanguage"]
        if task["config"]["serviceId"] != f"ai4bharat/indictrans-{source}-{target}":
            return 400, {"detail": {"message": "Invalid serviceId"}}
        outputs = [
            {"source": one["source"], "target": marked(one["source"], target)}
            for one in seen.body["inputData"]["input"]
        ]
        kept = outputs[: len(outputs) - self.drops]
        task = {"taskType": "translation", "config": None, "output": kept, "audio": None}
        return 200, {"pipelineResponse": [task]}
