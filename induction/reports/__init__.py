"""Breaches of the policy: reported by anyone, looked after by those in charge."""
