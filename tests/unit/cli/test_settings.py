"""What do the settings take, and what do they say when they do not?"""

import sys
from pathlib import Path

import pytest

from cli.config import effective_settings
from cli.doctor import Finding, State, provider_finding
from cli.failures import ConfigurationFailed
from cli.settings import Settings, load_settings, unknown_variables
from cli.stripe import stripe_options, stripe_webhook_secret
from cli.system import environment_of
from domain.envelope import Actor, ActorKind
from workers.options import StripeOptions

KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "AMQP_URL", *unknown_variables()):
        monkeypatch.delenv(name, raising=False)
    for field in Settings.model_fields:
        monkeypatch.delenv(f"ORDERTRAIL_{field.upper()}", raising=False)


def test_needs_nothing_to_run_an_embedded_system() -> None:
    settings = load_settings()

    assert settings.is_embedded
    assert (settings.host, settings.port, settings.role_prefix) == ("127.0.0.1", 8080, "ordertrail")
    assert settings.business_time_zone == "UTC"
    assert settings.amqp_url is None


def test_what_is_given_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERTRAIL_PORT", "9000")
    monkeypatch.setenv("DATABASE_URL", "postgresql://a@b/c")

    assert load_settings().port == 9000
    assert load_settings(port=9001, host=None).port == 9001
    given = load_settings(database_url="postgres://x@y/z").database_url
    assert given is not None
    assert given.get_secret_value() == "postgres://x@y/z"


def test_reads_secrets_from_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = tmp_path / "url"
    secret.write_text("postgresql://shop:geheim@db/orders\n")
    monkeypatch.setenv("DATABASE_URL_FILE", str(secret))
    key = tmp_path / "key"
    key.write_text(KEY)
    monkeypatch.setenv("ORDERTRAIL_EMAIL_HMAC_KEY_FILE", str(key))

    settings = load_settings()

    assert settings.database_url is not None
    assert settings.database_url.get_secret_value() == "postgresql://shop:geheim@db/orders"
    assert settings.email_hmac_key is not None
    assert settings.email_hmac_key.get_secret_value() == KEY


def test_refuses_a_secret_that_is_given_twice_or_whose_file_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL_FILE", str(tmp_path / "none"))
    with pytest.raises(ConfigurationFailed, match=r"DATABASE_URL_FILE names .*none"):
        load_settings()

    monkeypatch.setenv("DATABASE_URL", "postgresql://a@b/c")
    with pytest.raises(ConfigurationFailed, match="both set"):
        load_settings()


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("ORDERTRAIL_PORT", "http", "ORDERTRAIL_PORT"),
        ("ORDERTRAIL_PORT", "70000", "ORDERTRAIL_PORT"),
        ("ORDERTRAIL_BUSINESS_TIME_ZONE", "Mars/Olympus", "Europe/London"),
        ("ORDERTRAIL_ROLE_PREFIX", 'x"; drop', "ORDERTRAIL_ROLE_PREFIX"),
        ("ORDERTRAIL_GROUPS", "{", "ORDERTRAIL_GROUPS"),
        ("ORDERTRAIL_EMAIL_HMAC_KEY", "geheim", "openssl rand"),
        ("ORDERTRAIL_ACTOR_KIND", "robot", "ORDERTRAIL_ACTOR_KIND"),
        ("DATABASE_URL", "mysql://root:geheim@db/x", "postgresql://"),
        ("DATABASE_URL", "postgresql://root:geheim%zz@db/x", "%25"),
        ("DATABASE_URL", "postgresql://root:[geheim@db/x", "is no URL"),
        ("AMQP_URL", "http://guest:geheim@mq", "amqp://"),
        ("ORDERTRAIL_STRIPE_API_KEY", "pk_live_geheim", "begins with sk_ or rk_"),
        ("ORDERTRAIL_STRIPE_WEBHOOK_SECRET", "geheim", "begins with whsec_"),
        ("ORDERTRAIL_PAYMENT_PROVIDER", "paypal", "'sandbox' or 'stripe'"),
    ],
)
def test_names_the_variable_that_is_wrong_and_never_its_secret(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, says: str
) -> None:
    monkeypatch.setenv(variable, value)

    with pytest.raises(ConfigurationFailed) as failed:
        load_settings()

    assert variable in str(failed.value)
    assert says in str(failed.value)
    assert "geheim" not in str(failed.value)


@pytest.mark.parametrize(
    ("given", "actor"),
    [
        ({}, Actor(ActorKind.STAFF, "operator")),
        ({"host": "::1"}, Actor(ActorKind.STAFF, "operator")),
        ({"host": "localhost"}, Actor(ActorKind.STAFF, "operator")),
        ({"host": "0.0.0.0"}, Actor(ActorKind.CUSTOMER, "anonymous")),  # noqa: S104
        ({"host": "10.0.0.5", "actor_kind": "staff"}, Actor(ActorKind.STAFF, "anonymous")),
        ({"actor_kind": "system", "actor_id": "loader"}, Actor(ActorKind.SYSTEM, "loader")),
    ],
)
def test_gives_least_rights_where_others_can_reach_the_api(
    given: dict[str, object], actor: Actor
) -> None:
    assert load_settings(**given).actor == actor


def test_shows_settings_without_their_secrets() -> None:
    settings = load_settings(
        database_url="postgresql://shop:geheim@db/orders?password=geheim&sslmode=require",
        email_hmac_key=KEY,
        stripe_api_key="sk_live_geheim",
    )

    shown = effective_settings(settings)

    assert shown["database_url"] == "postgresql://shop:***@db/orders?password=***&sslmode=require"
    assert shown["email_hmac_key"] == shown["stripe_api_key"] == "***"
    assert shown["port"] == 8080


def test_a_child_reads_the_same_settings_from_its_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    groups = {"all": ["order_detail"]}
    settings = load_settings(
        database_url="postgresql://a:b@c/d", groups=groups, actor_kind="system", actor_id="x",
        data_dir=tmp_path, slice_hmac_key=KEY, trusted_actor_header="X-Actor",
    )  # fmt: skip
    monkeypatch.setenv("DATABASE_URL_FILE", "/somewhere/else")
    for name, value in environment_of(settings).items():
        monkeypatch.setenv(name, value)

    assert load_settings() == settings


def test_points_at_variables_that_set_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERTRAIL_PROT", "9000")
    monkeypatch.setenv("ORDERTRAIL_SLICE_HMAC_KEY_FILE", "/run/secrets/key")

    assert unknown_variables() == ["ORDERTRAIL_PROT"]


STRIPE = {"payment_provider": "stripe", "stripe_api_key": "sk_test_1"}


def test_stripe_is_reached_only_if_it_is_the_provider() -> None:
    assert stripe_options(load_settings(stripe_api_key="sk_test_1")) is None
    assert stripe_options(load_settings(**STRIPE)) == StripeOptions(
        api_key="sk_test_1", api_url="https://api.stripe.com"
    )
    elsewhere = {"stripe_api_url": "http://localhost:8420", "stripe_return_url": "https://a/b"}
    assert stripe_options(load_settings(**STRIPE, **elsewhere)) == StripeOptions(
        api_key="sk_test_1", api_url="http://localhost:8420", return_url="https://a/b"
    )


def test_stripe_is_heard_if_its_secret_is_known() -> None:
    assert stripe_webhook_secret(load_settings()) is None
    known = {"stripe_webhook_secret": "whsec_1"}
    assert stripe_webhook_secret(load_settings(**known)) == "whsec_1"
    assert stripe_webhook_secret(load_settings(**STRIPE, **known)) == "whsec_1"


def test_stripe_needs_its_secrets() -> None:
    provider = {"payment_provider": "stripe"}
    with pytest.raises(ConfigurationFailed, match="ORDERTRAIL_STRIPE_API_KEY is not set"):
        stripe_options(load_settings(**provider))
    with pytest.raises(ConfigurationFailed, match="ORDERTRAIL_STRIPE_WEBHOOK_SECRET is not set"):
        stripe_webhook_secret(load_settings(**provider))


def test_stripe_needs_its_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "stripe", None)
    with pytest.raises(ConfigurationFailed, match=r"pip install 'ordertrail\[stripe\]'"):
        stripe_options(load_settings(**STRIPE))


def test_the_doctor_says_who_takes_the_money() -> None:
    assert provider_finding(load_settings()).detail == "none: payments wait for people"
    sandbox = provider_finding(load_settings(sandbox_url="http://127.0.0.1:8090"))
    assert sandbox == Finding("payment provider", State.OK, "http://127.0.0.1:8090")
    both = {**STRIPE, "stripe_webhook_secret": "whsec_1"}
    test_mode = provider_finding(load_settings(**both))
    assert test_mode.detail == "Stripe at https://api.stripe.com, test mode"
    live = provider_finding(load_settings(**both | {"stripe_api_key": "rk_live_1"}))
    assert live.detail == "Stripe at https://api.stripe.com, live mode"
    for known in ({"payment_provider": "stripe"}, STRIPE):
        assert provider_finding(load_settings(**known)).state is State.FAILED
