"""When are the tests collected that take minutes? Only by `make test-long`."""

from tests.long import is_long

collect_ignore_glob = [] if is_long() else ["test_*.py"]
