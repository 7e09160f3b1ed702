"""The register of certificates: the list, its filters, and withdrawing or correcting one."""
