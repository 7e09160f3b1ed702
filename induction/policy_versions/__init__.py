"""Versions of a policy: drafted, approved, published; what changes, and whom that concerns."""
