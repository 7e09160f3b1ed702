"""Signing in with an account that the institute has elsewhere: one OpenID Connect provider."""
