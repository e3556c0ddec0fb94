"""How much one file may ask of the machine, from ``SATHI_INGEST_*`` variables."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

_MEGABYTE = 1024 * 1024


class IngestLimits(BaseSettings):
    """Limits of the ingestion.

    Attributes:
        max_megabytes: size of a file that is read at all.
        max_unpacked_megabytes: size of all that an archive holds, media files included.
        max_members: number of files in an archive.
        max_ratio: size of an archive's member over its packed size.
        max_nesting: archives within archives.
        timeout_seconds: time for one file.
        memory_megabytes: memory of a process that reads files.
        processes: how many files are read at once.
    """

    model_config = SettingsConfigDict(env_prefix="SATHI_INGEST_", env_file=".env", extra="ignore")

    max_megabytes: int = Field(100, ge=1)
    max_unpacked_megabytes: int = Field(2048, ge=1)
    max_members: int = Field(10_000, ge=1)
    max_ratio: int = Field(200, ge=1)
    max_nesting: int = Field(3, ge=0)
    timeout_seconds: float = Field(600, gt=0)
    memory_megabytes: int = Field(2048, ge=512)
    processes: int = Field(2, ge=1)

    @property
    def max_bytes(self) -> int:
        """Size of a file that is read at all, in bytes."""
        return self.max_megabytes * _MEGABYTE

    @property
    def max_unpacked_bytes(self) -> int:
        """Size of all that an archive holds, in bytes."""
        return self.max_unpacked_megabytes * _MEGABYTE

    @property
    def memory_bytes(self) -> int:
        """Memory of a process that reads files, in bytes."""
        return self.memory_megabytes * _MEGABYTE
