"""Accounts, cohorts, roles, and signing in."""
