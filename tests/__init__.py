"""The tests, from pure units to faults in real processes."""
