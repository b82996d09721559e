"""What happened and what it means: events, state, evolve and rules, all pure."""
