"""Which secret keys does this system use, and where are they kept?

A system with its own PostgreSQL makes its keys once and keeps them in its data folder, readable by
nobody else. A system of several machines must be told them, since they have to agree.
"""

import os
import secrets
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from cli.failures import ConfigurationFailed
from cli.settings import Settings, variable_of

KEY_BYTES: Final = 32
PURPOSES: Final = {
    "email_hmac_key": "the key of the hashes under which e-mail addresses are claimed",
    "slice_hmac_key": "the key that signs what travels over the broker",
    "webhook_hmac_key": "the key with which providers and carriers sign what they tell",
}


def required_key(settings: Settings, field: str) -> bytes:
    """Answer a key that the settings must hold.

    Raises:
        ConfigurationFailed: it is not set.
    """
    key: SecretStr | None = getattr(settings, field)
    if key is None:
        variable = variable_of(field)
        raise ConfigurationFailed(
            f"{variable} is not set: {PURPOSES[field]}, the same for every process of a system. "
            f"Make one with `openssl rand -hex 32`, and set {variable} or {variable}_FILE."
        )
    return key.get_secret_value().encode()


def with_generated_keys(settings: Settings) -> Settings:
    """Fill in the keys that are not set from the data folder, making them at the first start."""
    missing = {
        field: SecretStr(_generated(settings.data_dir / "keys" / field))
        for field in PURPOSES
        if getattr(settings, field) is None
    }
    return settings.model_copy(update=missing)


def _generated(path: Path) -> str:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        unfinished = path.with_suffix(".unfinished")
        unfinished.unlink(missing_ok=True)
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(KEY_BYTES) + "\n")
        unfinished.rename(path)
    return path.read_text().strip()
