"""Fixtures of both environments."""

from tests.postgresql import postgresql_server

__all__ = ["postgresql_server"]
