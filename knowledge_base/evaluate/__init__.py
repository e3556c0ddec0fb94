"""Measuring search: ``python -m knowledge_base.evaluate --help``."""
