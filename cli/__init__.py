"""The ordertrail program: settings, wiring and the operations a person runs."""
