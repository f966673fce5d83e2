"""Settings are read once, checked, and never shown."""

from __future__ import annotations

import pickle
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from data.settings import VARIABLES, BadSetting, Secret, Settings

ROOT = Path(__file__).resolve().parents[2]


def test_an_empty_environment_gives_the_documented_defaults() -> None:
    settings = Settings.from_env({})
    assert settings.token is None
    assert (settings.base_url, settings.url) == ("https://api.metronome.com", "http://127.0.0.1:8050/")
    assert (settings.upstream_rps, settings.upstream_burst, settings.upstream_concurrency) == (25.0, 50, 8)


def test_blank_values_count_as_not_set() -> None:
    assert Settings.from_env(dict.fromkeys(VARIABLES, "  ")) == Settings()


def test_values_are_taken() -> None:
    settings = Settings.from_env(
        {
            "METRONOME_BEARER_TOKEN": "abc",
            "METRONOME_BASE_URL": "http://127.0.0.1:9999/",
            "BURNBOARD_PORT": "9000",
            "BURNBOARD_PATH_PREFIX": "/billing/",
            "BURNBOARD_NOW": "2024-10-15T12:00:00+02:00",
            "BURNBOARD_SANDBOX": "on",
        }
    )
    assert settings.token is not None
    assert settings.token.reveal() == "abc"
    assert settings.base_url == "http://127.0.0.1:9999"
    assert settings.url == "http://127.0.0.1:9000/billing/"
    assert settings.now == datetime(2024, 10, 15, 10, tzinfo=UTC)
    assert settings.sandbox


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("METRONOME_BEARER_TOKEN", "two words"),
        ("METRONOME_BEARER_TOKEN", "tok\u00e9n"),
        ("METRONOME_BASE_URL", "api.metronome.com"),
        ("METRONOME_BASE_URL", "http://api.metronome.com"),
        ("METRONOME_BASE_URL", "https://user:secret@api.metronome.com"),
        ("METRONOME_BASE_URL", "https://api.metronome.com?x=1"),
        ("METRONOME_BASE_URL", "https://api.metronome.com#x"),
        ("METRONOME_BASE_URL", "http://[::1"),
        ("METRONOME_BASE_URL", "http://127.0.0.1:eighty"),
        ("METRONOME_BASE_URL", "http://127.0.0.1:70000"),
        ("METRONOME_BASE_URL", "http://127.0.0.1:0"),
        ("BURNBOARD_HOST", "not a host"),
        ("BURNBOARD_PORT", "0"),
        ("BURNBOARD_PORT", "70000"),
        ("BURNBOARD_PORT", "eighty"),
        ("BURNBOARD_PATH_PREFIX", "billing"),
        ("BURNBOARD_PATH_PREFIX", "/billing"),
        ("BURNBOARD_NOW", "tomorrow"),
        ("BURNBOARD_NOW", "2024-10-15T12:00:00"),
        ("BURNBOARD_NOW", "0001-01-01T00:00:00+14:00"),
        ("BURNBOARD_NOW", "9999-12-31T23:59:59-14:00"),
        ("BURNBOARD_NOW", "1999-12-31T23:59:59Z"),
        ("BURNBOARD_NOW", "2100-01-01T00:00:00Z"),
        ("BURNBOARD_CACHE_URL", "memcached://127.0.0.1"),
        ("BURNBOARD_CACHE_MB", "0"),
        ("BURNBOARD_CACHE_MB", "1.5"),
        ("BURNBOARD_LATE_DAYS", "-1"),
        ("BURNBOARD_LATE_DAYS", "401"),
        ("BURNBOARD_UPSTREAM_RPS", "0"),
        ("BURNBOARD_UPSTREAM_RPS", "nan"),
        ("BURNBOARD_UPSTREAM_BURST", "-1"),
        ("BURNBOARD_UPSTREAM_CONCURRENCY", "65"),
        ("BURNBOARD_SANDBOX", "maybe"),
    ],
)
def test_a_bad_value_is_refused_by_the_name_of_its_setting(name: str, value: str) -> None:
    with pytest.raises(BadSetting, match=name):
        Settings.from_env({name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [("METRONOME_BEARER_TOKEN", "MARK TOKEN"), ("METRONOME_BASE_URL", "https://ana:MARK@api.metronome.com")],
)
def test_a_refusal_does_not_repeat_what_may_be_secret(name: str, value: str) -> None:
    with pytest.raises(BadSetting) as caught:
        Settings.from_env({name: value})
    assert "MARK" not in str(caught.value)


def test_a_secret_shows_stars_wherever_it_is_put() -> None:
    secret = Secret("MARK_TOKEN")
    settings = Settings(token=secret)
    assert "MARK_TOKEN" not in f"{secret} {secret!r} {settings} {[secret]}"
    with pytest.raises(TypeError):
        pickle.dumps(secret)


def test_every_variable_is_in_the_example_and_the_readme_and_the_reference() -> None:
    for name in (".env.example", "README.md", "docs/reference/interfaces.md"):
        text = (ROOT / name).read_text()
        found = set(re.findall(r"\b(?:METRONOME|BURNBOARD)_[A-Z_]+\b", text))
        assert found >= set(VARIABLES), name
        assert found <= set(VARIABLES), name
