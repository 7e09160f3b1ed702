"""Drawing a certificate as a PDF, and looking at one: the pure part, record in and bytes out."""
