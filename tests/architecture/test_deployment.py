"""Do compose.yaml and the Dockerfile say what the processes need?

Read only: where no Docker engine runs, they are parsed and not started.
"""

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.settings import SECRETS, Settings, variable_of

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMMANDS = {
    "migrate": ["ordertrail", "migrate", "up"],
    "api": ["ordertrail", "api"],
    "relay": ["ordertrail", "relay"],
    "worker": ["ordertrail", "worker"],
    "fulfilment": ["ordertrail", "fulfilment"],
}
NAME = re.compile(r"^([a-z0-9][a-z0-9-]*)==(\S+)", re.MULTILINE)


def pinned(lock: str) -> dict[str, str]:
    return dict(NAME.findall((ROOT / lock).read_text()))


def test_compose_runs_both_servers_and_every_process() -> None:
    assert set(SERVICES) == {"postgres", "rabbitmq", *COMMANDS}
    assert {name: SERVICES[name]["command"] for name in COMMANDS} == COMMANDS


@pytest.mark.parametrize("name", ["postgres", "rabbitmq", "api"])
def test_what_others_wait_for_has_a_health_check(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"


@pytest.mark.parametrize("name", ["api", "relay", "worker", "fulfilment"])
def test_processes_wait_for_the_migration_and_the_servers(name: str) -> None:
    waits = {service: wait["condition"] for service, wait in SERVICES[name]["depends_on"].items()}
    assert waits == {
        "migrate": "service_completed_successfully",
        "postgres": "service_healthy",
        "rabbitmq": "service_healthy",
    }


@pytest.mark.parametrize("name", COMMANDS)
def test_processes_are_given_settings_that_exist(name: str) -> None:
    known = {variable_of(field) for field in Settings.model_fields}
    known |= {f"{variable_of(field)}_FILE" for field in SECRETS}
    assert set(SERVICES[name]["environment"]) <= known


@pytest.mark.parametrize("name", COMMANDS)
def test_secrets_are_mounted_and_never_written_into_the_environment(name: str) -> None:
    mounted = {f"/run/secrets/{secret}" for secret in SERVICES[name]["secrets"]}
    named = {value for key, value in SERVICES[name]["environment"].items() if key.endswith("_FILE")}
    assert named == mounted
    assert set(SERVICES[name]["secrets"]) <= set(COMPOSE["secrets"])


def test_the_script_makes_every_file_that_compose_mounts(tmp_path: Path) -> None:
    script = ["/bin/sh", ROOT / "deploy" / "make-secrets.sh", tmp_path]
    subprocess.run(script, check=True)
    made = {path.name: path.read_text() for path in tmp_path.iterdir()}
    subprocess.run(script, check=True)
    sources = [*COMPOSE["secrets"].values(), *COMPOSE["configs"].values()]
    assert {Path(source["file"]).name for source in sources} <= set(made)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == made


def test_the_image_installs_the_lock_by_hash_and_runs_without_rights() -> None:
    assert "uv pip sync --require-hashes requirements-runtime.lock" in DOCKERFILE
    assert re.search(r"^USER 10001$", DOCKERFILE, re.MULTILINE)


def test_the_image_copies_every_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    let_in = (ROOT / ".dockerignore").read_text().splitlines()
    assert [name for name in packages if f"COPY {name} {name}\n" not in DOCKERFILE] == []
    assert [name for name in packages if f"!{name}" not in let_in] == []


def test_the_image_and_make_install_with_the_same_uv() -> None:
    makefile = (ROOT / "Makefile").read_text()
    version = re.search(r"^UV_VERSION := (\S+)$", makefile, re.MULTILINE)
    assert version is not None
    assert f"uv=={version[1]}\n" in DOCKERFILE


def test_the_image_runs_the_versions_that_were_tested() -> None:
    tested = pinned("requirements.lock")
    assert pinned("requirements-runtime.lock").items() <= tested.items()


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-runtime.lock"])
def test_locks_name_hashes_and_no_place(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "--hash=sha256:" in text
    assert "://" not in text


def test_what_the_tests_only_start_is_neither_installed_nor_imported() -> None:
    """localstripe is under the GPL: a program of its own, of which nothing becomes ours."""
    assert "localstripe" in pinned("requirements.lock")
    assert "localstripe" not in pinned("requirements-runtime.lock")
    wanted = re.compile(r"^\s*(?:from|import) localstripe\b", re.MULTILINE)
    sources = [path for path in ROOT.rglob("*.py") if ".venv" not in path.parts]
    assert [path for path in sources if wanted.search(path.read_text())] == []
