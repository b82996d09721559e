"""What can be answered: one file per read model, each a fold of the log."""
