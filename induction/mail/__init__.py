"""The outbox: mail is queued in the transaction that causes it and sent afterwards."""
