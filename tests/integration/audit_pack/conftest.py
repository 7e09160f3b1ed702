"""These tests look at a small institute with certificates."""

from tests.support.six_learners import instance, institute, numbers, officer

__all__ = ["instance", "institute", "numbers", "officer"]
