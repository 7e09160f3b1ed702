"""Slowing down whoever tries too often, and keeping account of what was refused."""
