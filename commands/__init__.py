"""What may be asked and what follows: one file per command, and the handler that runs them."""
