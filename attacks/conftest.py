"""Fixtures of the tests that attacks need too."""

from tests.conftest import redis_socket

__all__ = ["redis_socket"]
