"""The record of acts: append-only, chained, and readable by an auditor."""
