"""What does not start, and what a start makes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from access.embed.issuers import digest_of, parse_issuers
from access.embed.setup import open_embed
from data.clock import Clock
from data.settings import BadSetting, Settings
from tests.embeds import SECRET, A, HandClock, Ring

ISSUER: dict[str, Any] = {"sha256": "a" * 64, "kid": "k1", "customers": "all", "dashboards": "all"}


@pytest.fixture
def ring(tmp_path: Path) -> Ring:
    return Ring(tmp_path).add("k1").write()


def test_without_a_key_ring_there_is_no_embed() -> None:
    with pytest.raises(BadSetting, match="BURNBOARD_EMBED_KEYS_FILE"):
        open_embed(Settings.from_env({"BURNBOARD_AUTH": "embed"}), Clock())


@pytest.mark.parametrize(
    "env", [{"BURNBOARD_WORKERS": "2"}, {"BURNBOARD_CACHE_URL": "redis://127.0.0.1:1/0"}], ids=["workers", "replicas"]
)
def test_several_processes_need_one_session_key(ring: Ring, env: dict[str, str]) -> None:
    with pytest.raises(BadSetting, match="BURNBOARD_SESSION_KEY_FILE"):
        ring.open(Clock(), **env)
    path = ring.folder / "session.key"
    for content, sentence in (("x" * 31, "32 bytes"), (None, "can be read")):
        path.write_text(content) if content else path.unlink()
        with pytest.raises(BadSetting, match=sentence):
            ring.open(Clock(), **env, BURNBOARD_SESSION_KEY_FILE=str(path))
    path.write_text(SECRET)
    ring.open(Clock(), **env, BURNBOARD_SESSION_KEY_FILE=str(path))


@pytest.mark.parametrize(
    "change",
    [
        {"sha256": "A" * 64}, {"sha256": "a" * 63}, {"sha256": None}, {"key": "bbi_secret"}, {"kid": "../k"},
        {"customers": []}, {"customers": ["x"]}, {"dashboards": []}, {"dashboards": ["*"]},
    ],
    ids=str,
)  # fmt: skip
def test_what_an_issuer_cannot_be(ring: Ring, change: dict[str, Any]) -> None:
    path = ring.folder / "issuers.json"
    path.write_text(json.dumps({"version": 1, "issuers": {"portal": ISSUER | change}}))
    with pytest.raises(BadSetting, match="BURNBOARD_ISSUER_KEYS_FILE") as refused:
        ring.open(Clock(), BURNBOARD_ISSUER_KEYS_FILE=str(path))
    assert "bbi_secret" not in str(refused.value)


def test_issuers_come_and_go_while_the_app_runs(ring: Ring) -> None:
    clock, path = HandClock(), ring.folder / "issuers.yaml"
    path.write_text(json.dumps({"version": 1, "issuers": {"portal": ISSUER | {"sha256": digest_of("bbi_one")}}}))
    embed = ring.open(clock, BURNBOARD_ISSUER_KEYS_FILE=str(path))
    assert embed.issuer("Bearer bbi_one").name == "portal"
    path.write_text(json.dumps({"version": 1, "issuers": {"portal": ISSUER | {"sha256": digest_of("bbi_two")}}}))
    clock.move(2)
    assert embed.issuer("Bearer bbi_two").name == "portal"
    with pytest.raises(Exception, match="issuer_key"):
        embed.issuer("Bearer bbi_one")
    path.write_text("version: 1")
    clock.move(2)
    assert embed.problems() == ("issuer_keys",)


def test_one_bearer_key_has_one_name(tmp_path: Path) -> None:
    raw = json.dumps({"version": 1, "issuers": {"one": ISSUER, "two": ISSUER}}).encode()
    with pytest.raises(ValueError, match="two names"):
        parse_issuers(raw, tmp_path / "issuers.json")


def test_nobody_mints_over_http_where_no_issuers_are_set(ring: Ring) -> None:
    with pytest.raises(Exception, match="issuer_key"):
        ring.open(Clock()).issuer("Bearer bbi_anything")
    assert A


def test_an_issuer_signs_with_a_key_of_the_ring(ring: Ring) -> None:
    clock, path = HandClock(), ring.folder / "issuers.json"
    for kid in ("k2", "k1"):
        path.write_text(json.dumps({"version": 1, "issuers": {"portal": ISSUER | {"kid": kid}}}))
        if kid == "k2":
            with pytest.raises(BadSetting, match=r"BURNBOARD_ISSUER_KEYS_FILE .* issuers\.portal"):
                ring.open(clock, BURNBOARD_ISSUER_KEYS_FILE=str(path))
    embed = ring.open(clock, BURNBOARD_ISSUER_KEYS_FILE=str(path))
    kept = ring.add("k2").records.pop("k1")
    ring.write()
    clock.move(2)
    assert embed.problems() == ("issuer_keys",)  # the app goes on, and would not start again like this
    ring.records["k1"] = kept
    ring.write()
    clock.move(2)
    assert embed.problems() == ()
