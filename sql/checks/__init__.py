"""Is everything in the database what the log says? One file per check."""
