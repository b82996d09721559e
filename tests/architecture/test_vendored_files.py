"""Are the files of others that stand in this tree the ones that their makers published?"""

import hashlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
VENDORED = sorted(ROOT.glob("api/static/*/SHA256SUMS"))
NOTES = frozenset({"SHA256SUMS", "VENDORED.md"})


@pytest.mark.parametrize("sums", VENDORED, ids=lambda path: path.parent.name)
def test_vendored_files_match_their_checksums(sums: Path) -> None:
    expected = {
        name: checksum
        for checksum, name in (line.split() for line in sums.read_text().splitlines())
    }
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sums.parent.iterdir()
        if path.name not in NOTES
    }
    assert found == expected
