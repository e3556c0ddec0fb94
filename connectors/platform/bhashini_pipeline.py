"""The two calls of Bhashini's pipeline API, for translation.

The pipeline config call tells which service translates which pair of languages, and where and
with which key the pipeline compute call is made
(https://bhashini.gitbook.io/bhashini-apis, "Pipeline Config Call", "Pipeline Compute Call").
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel
from tenacity import AsyncRetrying

from connectors.platform.settings import BhashiniSettings
from connectors.retrying import (
    TRANSIENT_FAULTS,
    TransientError,
    raise_if_transient,
    retry_options,
)

_logger = logging.getLogger(__name__)
_TASK = "translation"
_RETRIES = 2
_CONFIG_SECONDS = 3600.0
# Services name Konkani by its ISO 639-3 code or by that of the macrolanguage.
_CODES = {"kok": ("gom", "kok")}
_REFUSED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}

Answer = TypeVar("Answer", bound=BaseModel)
Pair = tuple[str, str]


class TranslationError(RuntimeError):
    """There is no translation; show the original."""


class PairNotOfferedError(TranslationError):
    """Nothing translates between these two languages."""


class CredentialsRefusedError(TranslationError):
    """401 or 403."""


class _Model(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, hide_input_in_errors=True)


class _Languages(_Model):
    source_language: str
    target_language: str = ""


class _Service(_Model):
    service_id: str
    language: _Languages


class _TaskConfig(_Model):
    task_type: str
    config: list[_Service]


class _Key(_Model):
    name: str
    value: str


class _EndPoint(_Model):
    callback_url: str
    inference_api_key: _Key


class _Config(_Model):
    pipeline_response_config: list[_TaskConfig]
    # The generator would write "Endpoint".
    end_point: _EndPoint = Field(alias="pipelineInferenceAPIEndPoint")


class _Output(_Model):
    target: str


class _TaskResponse(_Model):
    task_type: str
    output: list[_Output]


class _Computed(_Model):
    pipeline_response: list[_TaskResponse]


@dataclass(frozen=True)
class _Configuration:
    """What the config call told.

    Attributes:
        services: service id by pair of the platform's language codes.
        expires_at: when it has to be asked for anew, by the clock.
    """

    url: str
    headers: Mapping[str, str]
    services: Mapping[Pair, str]
    expires_at: float


class BhashiniPipeline:
    """Make the calls; to be used on one event loop.

    Failures that may pass are tried again as ``connectors.retrying`` does; the caller limits
    the time of it all.

    Args:
        settings: account and pipeline.
        clock: returns a number of seconds that only grows.

    Raises:
        ValueError: the account is not set, or the address is not one of HTTP.
    """

    def __init__(self, settings: BhashiniSettings, clock: Callable[[], float]) -> None:
        key = settings.api_key.get_secret_value()
        if not settings.user_id or not key:
            raise ValueError("set SATHI_BHASHINI_USER_ID and SATHI_BHASHINI_API_KEY")
        if not settings.config_url.startswith(("https://", "http://")):
            raise ValueError("SATHI_BHASHINI_CONFIG_URL must start with https:// or http://")
        self._settings = settings
        self._account = {"userID": settings.user_id, "ulcaApiKey": key}
        self._clock = clock
        self._http = httpx.AsyncClient(timeout=settings.timeout)
        self._options = retry_options(_RETRIES, settings.timeout, _logger)
        self._configuration: _Configuration | None = None
        self._asking = asyncio.Lock()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def compute(self, sentences: Sequence[str], pair: Pair) -> list[str]:
        """Translate sentences in one call.

        Args:
            sentences: a batch.
            pair: codes of the languages from and to.

        Raises:
            PairNotOfferedError: no service translates between the two.
            CredentialsRefusedError: the account is refused.
            TransientError: it still failed at the last attempt.
            TranslationError: any other answer, or one that is not of the documented shape.
        """
        configuration = await self._configured()
        try:
            return await self._compute(configuration, sentences, pair)
        except CredentialsRefusedError:
            # The key of the compute call is renewed now and then.
            if self._configuration is configuration:
                self._configuration = None
            return await self._compute(await self._configured(), sentences, pair)

    async def _compute(
        self, configuration: _Configuration, sentences: Sequence[str], pair: Pair
    ) -> list[str]:
        (source, target), service = _service(configuration, pair)
        languages = {"sourceLanguage": source, "targetLanguage": target}
        body = {
            "pipelineTasks": [
                {"taskType": _TASK, "config": {"language": languages, "serviceId": service}}
            ],
            "inputData": {"input": [{"source": sentence} for sentence in sentences]},
        }
        answer = await self._post(configuration.url, configuration.headers, body, _Computed)
        outputs = [o.target.strip() for t in answer.pipeline_response for o in t.output]
        if len(outputs) != len(sentences) or not all(outputs):
            raise TranslationError("Bhashini: not every sentence is translated")
        return outputs

    async def _configured(self) -> _Configuration:
        """Return the configuration, asked for once an hour."""
        async with self._asking:
            if self._configuration is None or self._clock() >= self._configuration.expires_at:
                body = {
                    "pipelineTasks": [{"taskType": _TASK}],
                    "pipelineRequestConfig": {"pipelineId": self._settings.pipeline_id},
                }
                answer = await self._post(self._settings.config_url, self._account, body, _Config)
                self._configuration = self._read(answer)
            return self._configuration

    def _read(self, config: _Config) -> _Configuration:
        end_point = config.end_point
        own, other = (
            httpx.URL(address).scheme
            for address in (self._settings.config_url, end_point.callback_url)
        )
        if own != other:
            raise TranslationError("Bhashini: the compute call would be made without encryption")
        services = {
            (service.language.source_language, service.language.target_language): service.service_id
            for task in config.pipeline_response_config
            if task.task_type == _TASK
            for service in reversed(task.config)
        }
        return _Configuration(
            url=end_point.callback_url,
            headers={end_point.inference_api_key.name: end_point.inference_api_key.value},
            services=services,
            expires_at=self._clock() + _CONFIG_SECONDS,
        )

    async def _post(
        self, url: str, headers: Mapping[str, str], body: Mapping[str, Any], model: type[Answer]
    ) -> Answer:
        response = await AsyncRetrying(**self._options)(self._post_once, url, headers, body)
        try:
            return model.model_validate_json(response.content)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"])) or "answer"
        raise TranslationError(f"Bhashini: {where}: {first['type']}")

    async def _post_once(
        self, url: str, headers: Mapping[str, str], body: Mapping[str, Any]
    ) -> httpx.Response:
        try:
            response = await self._http.post(url, headers=headers, json=body)
        except TRANSIENT_FAULTS as error:
            raise TransientError(type(error).__name__) from None
        except httpx.HTTPError as error:
            raise TranslationError(f"Bhashini: {type(error).__name__}") from None
        if response.status_code in _REFUSED:
            raise CredentialsRefusedError("Bhashini: the credentials are refused")
        raise_if_transient(response)
        if not response.is_success:
            raise TranslationError(f"Bhashini: HTTP {response.status_code}")
        return response


def _service(configuration: _Configuration, pair: Pair) -> tuple[Pair, str]:
    """Return Bhashini's codes of a pair and the service that translates it."""
    for source in _CODES.get(pair[0], (pair[0],)):
        for target in _CODES.get(pair[1], (pair[1],)):
            service = configuration.services.get((source, target))
            if service:
                return (source, target), service
    raise PairNotOfferedError(f"Bhashini does not translate {pair[0]} to {pair[1]}")
