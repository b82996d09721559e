"""The scripts behind every number in the README."""
