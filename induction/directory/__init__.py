"""Accounts and cohorts that the institute's own directory keeps up to date, by SCIM 2.0."""
