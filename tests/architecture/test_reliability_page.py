"""Does every test that docs/reliability.md names exist?"""

import re
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs" / "reliability.md"
NAMED: Final = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


def test_every_named_test_exists() -> None:
    named = NAMED.findall(PAGE.read_text(encoding="utf-8"))
    missing = [
        f"{path}::{function}"
        for path, function in named
        if not (ROOT / path).exists()
        or (function and f"def {function}(" not in (ROOT / path).read_text(encoding="utf-8"))
    ]
    assert len(named) > 50
    assert missing == []
