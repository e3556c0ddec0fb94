"""Settings of the learning platform, from the environment or a ``.env`` file."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


def _listed(value: Any) -> Any:
    """Return the parts of a variable that are separated by commas."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


class PlatformSettings(BaseSettings):
    """Which platform Sathi asks, and where Sathi keeps its own tables.

    Attributes:
        database: SQLAlchemy URL of the database; a relative SQLite path starts at the
            working directory.
        platform: ``sql`` for the embedded platform, ``sunbird`` for a Sunbird installation.
        sunbird_url: where Sunbird's API is, without ``/api``.
        sunbird_api_key: key of the API gateway.
        sunbird_timeout_seconds: how long one request may take, in seconds.
        link_secret: secret that link tokens are signed and chats are hashed with.
        widget_secret: secret that a portal signs the identity of its learners with; empty
            where none does.
    """

    model_config = SettingsConfigDict(env_prefix="SATHI_", env_file=".env", extra="ignore")

    database: str = "sqlite:///var/sathi.db"
    platform: Literal["sql", "sunbird"] = "sql"
    sunbird_url: str = ""
    sunbird_api_key: SecretStr = SecretStr("")
    sunbird_timeout_seconds: float = 5
    link_secret: SecretStr = SecretStr("")
    widget_secret: SecretStr = SecretStr("")


class SunbirdContentSettings(BaseSettings):
    """How courses are taken over from a Sunbird platform.

    Attributes:
        url: where Sunbird's API is, without ``/api``.
        api_key: key of the API gateway; public catalogues need none.
        user_token: Keycloak access token of a user whose view of the catalogue is taken;
            empty where the key is enough.
        refresh_token: gets a new access token when the old one has expired.
        search_path: which search lists the courses. The default is the one that sees retired
            courses; ``/content/v1/search`` is public.
        categories: primary categories that are courses.
        page_size: courses of one call.
        content_timeout_seconds: limit to connect, and between two pieces of an answer.
        retries: attempts after the first.
        content_hosts: hosts that files may be fetched from, besides the platform's own: those
            of its storage, with the port if it is not the usual one.
        max_download_megabytes: size of the largest file that is fetched.
        download_seconds: how long one file may take.
    """

    model_config = SettingsConfigDict(env_prefix="SATHI_SUNBIRD_", env_file=".env", extra="ignore")

    url: str = ""
    api_key: SecretStr = SecretStr("")
    user_token: SecretStr = SecretStr("")
    refresh_token: SecretStr = SecretStr("")
    search_path: str = "/composite/v4/search"
    categories: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)] = ("Course",)
    page_size: int = Field(100, ge=2, le=1000)
    content_timeout_seconds: float = Field(30, gt=0)
    retries: int = Field(5, ge=0)
    content_hosts: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)] = ()
    max_download_megabytes: int = Field(200, ge=1)
    download_seconds: float = Field(600, gt=0)


class BhashiniSettings(BaseSettings):
    """How passages are translated through Bhashini; without a key they are not.

    Attributes:
        config_url: address of the pipeline config call.
        user_id: id of the ULCA account.
        api_key: ULCA key of that account.
        pipeline_id: pipeline that translates; the default is that of MeitY.
        timeout: how long one translation may take in all, in seconds.
        cached_sentences: how many translated sentences are kept in memory.
    """

    model_config = SettingsConfigDict(env_prefix="SATHI_BHASHINI_", env_file=".env", extra="ignore")

    config_url: str = "https://meity-auth.ulcacontrib.org/ulca/apis/v0/model/getModelsPipeline"
    user_id: str = ""
    api_key: SecretStr = SecretStr("")
    pipeline_id: str = "64392f96daac500b55c543cd"
    timeout: float = Field(6, gt=0)
    cached_sentences: int = Field(4096, ge=0)


class GenerationSettings(BaseSettings):
    """Which language model words answers; without an address none does.

    Attributes:
        url: address of an OpenAI-compatible API, e.g. ``http://127.0.0.1:8000/v1``.
        model: name of the model there.
        api_key: its key, empty for none.
        timeout: how long an answer may take in all, in seconds.
        max_tokens: longest answer, in tokens of the model.
        min_similarity: cosine that a sentence of the answer and what it cites must have; it
            depends on the embedding model. With the bundled one, translated sentences of the
            platform's questions keep above the default in 95 % (romanised ones in 80 %), and
            those of its other answers in 16 %.
    """

    model_config = SettingsConfigDict(
        env_prefix="SATHI_GENERATION_", env_file=".env", extra="ignore"
    )

    url: str = ""
    model: str = ""
    api_key: SecretStr = SecretStr("")
    timeout: float = Field(12, gt=0)
    max_tokens: int = Field(600, gt=0)
    min_similarity: float = Field(0.85, ge=-1, le=1)
