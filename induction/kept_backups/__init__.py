"""The backups that are made every night: which are kept, where, and how old the newest is."""
