"""Vectors in Milvus, for more than one machine holds (https://milvus.io/docs).

The client is the same for a cluster (``https://...``) and for a file of Milvus Lite
(``.../vectors.db``), which the tests use.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

import numpy as np
from pymilvus import DataType, MilvusClient, MilvusException

from knowledge_base.attributes import Attributes
from knowledge_base.filters import EVERYTHING, CourseFacts, Filters, Selection
from knowledge_base.vector_store import NO_ID, VectorStoreError

# Limits of a VARCHAR and an ARRAY as this schema sets them.
_TEXT = 512
_LIST = 256
_BATCH = 1000
_METRIC = "IP"


class MilvusStore:
    """See ``VectorStore``.

    Args:
        uri: address of the cluster, or path of a Milvus Lite file.
        collection: name of the collection, made if it is missing.
        dimension: length of the vectors.
        token: ``user:password`` or an API key, if the cluster wants one.

    Raises:
        VectorStoreError: Milvus cannot be reached, or the collection has another length.
    """

    def __init__(self, uri: str, collection: str, dimension: int, token: str = "") -> None:
        self._collection = collection
        try:
            self._client = MilvusClient(uri=uri, token=token)
            if not self._client.has_collection(collection):
                self._create(dimension)
            self._client.load_collection(collection)
            fields = self._client.describe_collection(collection)["fields"]
        except MilvusException as error:
            raise VectorStoreError(
                f"Milvus at {uri} cannot be used ({error.message}); "
                "check SATHI_VECTOR_STORE_URI and SATHI_VECTOR_STORE_TOKEN"
            ) from error
        found = next(x["params"]["dim"] for x in fields if x["name"] == "vector")
        if int(found) != dimension:
            raise VectorStoreError(
                f"collection {collection} holds vectors of length {found}, not {dimension}"
            )

    def _create(self, dimension: int) -> None:
        schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("id", DataType.INT64, is_primary=True)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dimension)
        for name in ("kind", "view", "locale", "target", "provider", "level"):
            schema.add_field(name, DataType.VARCHAR, max_length=_TEXT)
        for name in ("languages", "competencies"):
            schema.add_field(
                name,
                DataType.ARRAY,
                element_type=DataType.VARCHAR,
                max_capacity=_LIST,
                max_length=_TEXT,
            )
        schema.add_field("seconds", DataType.INT64)
        schema.add_field("mandatory", DataType.BOOL)
        # What belongs to no course meets no demand on courses.
        schema.add_field("of_course", DataType.BOOL)
        parameters = self._client.prepare_index_params()
        parameters.add_index("vector", index_type="AUTOINDEX", metric_type=_METRIC)
        self._client.create_collection(
            self._collection,
            schema=schema,
            index_params=parameters,
            consistency_level="Strong",
        )

    @property
    def count(self) -> int:
        """Number of vectors."""
        rows = self._client.query(self._collection, filter="", output_fields=["count(*)"])
        return int(rows[0]["count(*)"])

    def upsert(
        self, ids: np.ndarray, vectors: np.ndarray, attributes: Sequence[Attributes]
    ) -> None:
        """See ``VectorStore``; Milvus keeps that promise for up to 1,000 vectors a call."""
        for start in range(0, len(ids), _BATCH):
            part = slice(start, start + _BATCH)
            rows = [
                {"id": int(key), "vector": vector, **_fields(values)}
                for key, vector, values in zip(
                    ids[part], np.asarray(vectors[part], np.float32), attributes[part], strict=True
                )
            ]
            self._client.upsert(self._collection, rows)

    def delete(self, ids: np.ndarray) -> None:
        """See ``VectorStore``."""
        for start in range(0, len(ids), _BATCH):
            batch = [int(key) for key in ids[start : start + _BATCH]]
            self._client.delete(self._collection, ids=batch)

    def search(
        self, queries: np.ndarray, k: int, selection: Selection = EVERYTHING
    ) -> tuple[np.ndarray, np.ndarray]:
        """See ``VectorStore``."""
        ids = np.full((len(queries), k), NO_ID, dtype=np.int64)
        scores = np.full((len(queries), k), -np.inf, dtype=np.float32)
        found = self._client.search(
            self._collection,
            data=list(np.asarray(queries, dtype=np.float32)),
            limit=k,
            filter=expression(selection),
            search_params={"metric_type": _METRIC},
        )
        for row, hits in enumerate(found):
            ids[row, : len(hits)] = [hit["id"] for hit in hits]
            scores[row, : len(hits)] = [hit["distance"] for hit in hits]
        return ids, scores

    def vectors(self, ids: np.ndarray) -> np.ndarray:
        """See ``VectorStore``."""
        wanted = [int(key) for key in ids]
        rows = self._client.get(self._collection, ids=wanted, output_fields=["vector"])
        found = {row["id"]: row["vector"] for row in rows}
        return np.array([found[key] for key in wanted], dtype=np.float32)

    def flush(self) -> None:
        """See ``VectorStore``."""
        self._client.flush(self._collection)

    def drop(self) -> None:
        """Delete the collection."""
        self._client.drop_collection(self._collection)

    def close(self) -> None:
        """See ``VectorStore``."""
        self._client.close()


def _fields(values: Attributes) -> dict:
    facts = values.facts or CourseFacts()
    return {
        "kind": values.kind,
        "view": values.view,
        "locale": values.locale,
        "target": values.target,
        "provider": facts.provider,
        "level": facts.level or "",
        "languages": list(facts.languages),
        "competencies": list(facts.competencies),
        "seconds": facts.seconds,
        "mandatory": facts.mandatory,
        "of_course": values.facts is not None,
    }


def expression(selection: Selection) -> str:
    """Return a selection as a filter of Milvus (https://milvus.io/docs/boolean.md)."""
    wanted = (
        ("kind", selection.kinds),
        ("locale", selection.locales),
        ("view", selection.views),
    )
    parts = [f"{name} in {_quoted(values)}" for name, values in wanted if values is not None]
    return " and ".join([*parts, *_demands(selection.filters)])


def _demands(filters: Filters) -> list[str]:
    if filters.demands_nothing:
        return []
    parts = ["of_course == true"]
    for name, value in (("provider", filters.provider), ("level", filters.level)):
        if value is not None:
            parts.append(f"{name} == {json.dumps(value, ensure_ascii=False)}")
    for name, value in (("languages", filters.language), ("competencies", filters.competency_id)):
        if value is not None:
            parts.append(f"array_contains({name}, {json.dumps(value, ensure_ascii=False)})")
    if filters.max_seconds is not None:
        parts += ["seconds > 0", f"seconds <= {filters.max_seconds}"]
    if filters.mandatory is not None:
        parts.append(f"mandatory == {str(filters.mandatory).lower()}")
    return parts


def _quoted(values: Iterable[str]) -> str:
    return json.dumps([str(value) for value in values], ensure_ascii=False)
