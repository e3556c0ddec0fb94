"""Vectors of courses' content, for closeness to interests and to courses taken."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np

from knowledge_base.catalogue import Catalogue
from knowledge_base.embedding_cache import EmbeddingCache
from knowledge_base.encoder import Encoder
from knowledge_base.passages import Kind, View, build_entries


def course_vectors(
    catalogue: Catalogue, encoder: Encoder, cache_path: Path
) -> dict[str, np.ndarray]:
    """Return what courses are about.

    The texts are those that the search index holds of a course's name and summary in its
    base language: where an index was built, the cache has their vectors and nothing is
    encoded.

    Args:
        catalogue: the loaded catalogue.
        encoder: the embedding model.
        cache_path: file of the vectors of texts that were encoded before, see
            ``EmbeddingCache``.

    Returns:
        Course id -> unit vector, float32 array of shape (dimension,).
    """
    entries = [
        entry
        for entry in build_entries(catalogue)
        if entry.kind is Kind.COURSE
        and entry.locale == catalogue.courses[entry.target].language
        and entry.view in (View.NAME, View.SUMMARY)
    ]
    cache = EmbeddingCache(cache_path, encoder.namespace)
    try:
        vectors = encoder.encode_passages([entry.text for entry in entries], cache=cache)
    finally:
        cache.close()
    by_course: dict[str, list[np.ndarray]] = defaultdict(list)
    for entry, vector in zip(entries, vectors, strict=True):
        by_course[entry.target].append(vector)
    means = {course_id: np.mean(parts, axis=0) for course_id, parts in by_course.items()}
    return {course_id: mean / np.linalg.norm(mean) for course_id, mean in means.items()}
