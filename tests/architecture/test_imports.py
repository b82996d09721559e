"""Do the arrows between the packages point where the architecture says?"""

import subprocess
import sys
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[2]
PURE = ("domain", "commands", "projections")
PURE_THIRD_PARTY = frozenset({"immutables"})


def test_the_import_contracts_hold() -> None:
    linter = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run(
        [linter, "--no-cache"], check=False, capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("package", PURE)
def test_the_core_imports_the_standard_library_and_itself(package: str) -> None:
    graph = grimp.build_graph(*PURE, include_external_packages=True, cache_dir=None)
    allowed = {*PURE, *PURE_THIRD_PARTY, *sys.stdlib_module_names}
    modules = {package, *graph.find_descendants(package)}
    foreign = {
        f"{module} -> {imported}"
        for module in modules
        for imported in graph.find_modules_directly_imported_by(module)
        if imported.partition(".")[0] not in allowed
    }
    assert foreign == set()
