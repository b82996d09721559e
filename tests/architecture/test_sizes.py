"""Do the files keep to the sizes and names of the house?"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PRODUCT = ("domain", "commands", "projections", "sql", "api", "workers", "cli")
FOLDERS = (*PRODUCT, "tests", "benchmarks")
FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 400
TEST_FILE_LINES_MAX = 600
SQL_FILE_LINES_MAX = 150
LINE_CHARACTERS_MAX = 100
FORBIDDEN_NAMES = frozenset(
    {"util", "utils", "helper", "helpers", "common", "base", "manager", "service"}
)


def files(pattern: str) -> Iterator[Path]:
    for folder in FOLDERS:
        yield from sorted((ROOT / folder).rglob(pattern))


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def lines_of(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def test_python_files_are_short() -> None:
    too_long = {
        named(path): len(lines_of(path))
        for path in files("*.py")
        if len(lines_of(path))
        > (TEST_FILE_LINES_MAX if path.is_relative_to(ROOT / "tests") else FILE_LINES_MAX)
    }
    assert too_long == {}


def test_functions_are_short() -> None:
    too_long = {
        f"{named(path)}:{node.lineno} {node.name}": length
        for path in files("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if (length := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES_MAX
    }
    assert too_long == {}


def test_sql_files_hold_one_short_object() -> None:
    too_long = {
        named(path): len(lines_of(path))
        for path in files("*.sql")
        if len(lines_of(path)) > SQL_FILE_LINES_MAX
    }
    assert too_long == {}


@pytest.mark.parametrize("pattern", ["*.py", "*.sql"])
def test_lines_fit_a_screen(pattern: str) -> None:
    too_long = [
        f"{named(path)}:{number}"
        for path in files(pattern)
        for number, line in enumerate(lines_of(path), start=1)
        if len(line) > LINE_CHARACTERS_MAX
    ]
    assert too_long == []


def test_packages_hold_no_code_of_their_own() -> None:
    with_code = [
        named(path)
        for path in files("__init__.py")
        if not is_docstring_only(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert with_code == []


def is_docstring_only(module: ast.Module) -> bool:
    return len(module.body) == 1 and ast.get_docstring(module) is not None


def test_files_are_named_for_what_they_answer() -> None:
    assert [named(path) for path in files("*.*") if path.stem in FORBIDDEN_NAMES] == []


def test_every_package_is_shipped() -> None:
    assert [folder for folder in PRODUCT if not (ROOT / folder / "__init__.py").exists()] == []
