"""What can be asked of the read tables and the log: one file per question that the API answers."""
