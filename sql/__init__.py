"""The log, the read tables, checkpoints and migrations in PostgreSQL."""
