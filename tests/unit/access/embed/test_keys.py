"""The key ring's file: what it may say, and that everything else is refused without repeating a value."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from access.embed.key_files import Algorithm
from access.embed.keys import Replay, Status, parse_ring
from data.scope import ALL
from data.settings import BadSetting
from tests.embeds import SECRET, A, B, HandClock, Ring


@pytest.fixture
def ring(tmp_path: Path) -> Ring:
    return Ring(tmp_path).add("k1").add("k2", "ES256").add("k3", "EdDSA", signs=False)


def parsed(ring: Ring) -> Any:
    ring.write()
    return parse_ring(ring.path.read_bytes(), ring.path)


def refusal(ring: Ring) -> str:
    with pytest.raises(ValueError) as refused:  # noqa: PT011  # the sentence is what the test is about
        parsed(ring)
    assert SECRET not in str(refused.value)
    return str(refused.value)


def test_a_full_ring(ring: Ring) -> None:
    ring.records["k1"] |= {
        "customers": [A.upper()], "dashboards": ["usage"], "origins": ["https://a.example:8443", "http://localhost:3000"],
        "issuer": "portal", "not_before": "2026-01-01T00:00:00Z", "not_after": "2027-01-01T00:00:00+01:00",
        "revoked_before": "2026-02-01T00:00:00Z", "replay": "once", "status": "retiring",
    }  # fmt: skip
    ring.revoked = {B: "2026-03-01T00:00:00Z"}
    found = parsed(ring)
    key = found.keys["k1"]
    assert (key.customers, key.dashboards, key.issuer) == ({A}, {"usage"}, "portal")
    assert (key.replay, key.status, key.algorithm) == (Replay.ONCE, Status.RETIRING, Algorithm.HS256)
    assert (key.covers(A), key.covers(B), key.opens("usage"), key.opens("spend")) == (True, False, True, False)
    assert set(found.revoked_before) == {B}
    assert found.keys["k2"].signing is not None
    assert (found.keys["k3"].signing, found.keys["k3"].customers) == (None, ALL)
    assert SECRET not in repr(found)


def test_json_says_the_same(ring: Ring) -> None:
    written = ring.write().path.read_text()
    path = ring.folder / "ring.json"
    path.write_text(json.dumps(yaml.safe_load(written)))
    assert set(parse_ring(path.read_bytes(), path).keys) == {"k1", "k2", "k3"}


@pytest.mark.parametrize(
    "change",
    [
        {"alg": "none"}, {"alg": "RS256"}, {"alg": ["HS256", "ES256"]}, {"alg": None}, {"status": "Active"},
        {"customers": []}, {"customers": "ALL"}, {"customers": None}, {"customers": ["all"]}, {"customers": [A, A]},
        {"customers": "*"}, {"dashboards": []}, {"dashboards": ["everything"]}, {"dashboards": "usage"},
        {"origins": []}, {"origins": "all"}, {"origins": ["*"]}, {"origins": ["https://*.example"]},
        {"origins": ["http://portal.example"]}, {"origins": ["https://portal.example/"]}, {"origins": ["null"]},
        {"origins": ["https://portal.example:443"]}, {"origins": ["https://Portal.example"]},
        {"origins": ["https://user@portal.example"]}, {"origins": ["https://portal.example:99999"]},
        {"origins": ["https://portal.example;script-src *"]}, {"not_before": "tomorrow"}, {"not_after": "2026-01-01"},
        {"not_after": "2026-01-01T00:00:00"}, {"revoked_before": 0}, {"replay": "never"}, {"secret_file": "nothing"},
        {"secret_file": "ring.yaml\0"}, {"secret_file": "k2.pem"}, {"secret": SECRET}, {"public_key_file": "k2.pem"},
        {"jwk": {}}, {"issuer": ""},
    ],
    ids=str,
)  # fmt: skip
def test_what_a_record_cannot_say(ring: Ring, change: dict[str, Any]) -> None:
    ring.records["k1"] |= change
    assert refusal(ring).startswith("keys.k1")


@pytest.mark.parametrize(
    "change",
    [
        {"alg": "EdDSA"}, {"public_key_file": "k3.pem"}, {"public_key_file": "k2.private.pem"},
        {"private_key_file": "k3.private.pem"}, {"private_key_file": "k2.pem"}, {"secret_file": "k1.key"},
        {"public_key_file": "k1.key"},
    ],
    ids=str,
)  # fmt: skip
def test_a_record_holds_one_kind_of_key(ring: Ring, change: dict[str, Any]) -> None:
    ring.records["k2"] |= change
    assert refusal(ring).startswith("keys.k2")


@pytest.mark.parametrize("kid", ["", "a b", "../k1", "_dash", "accounts", "assets", "x" * 65, "k/1", "k\n"])
def test_ids_of_keys_fit_into_addresses(ring: Ring, kid: str) -> None:
    ring.records[kid] = ring.records.pop("k1")
    assert "keys" in refusal(ring)


@pytest.mark.parametrize("length", [0, 1, 31])
def test_a_short_secret_is_refused_at_the_start(ring: Ring, length: int) -> None:
    (ring.folder / "k1.key").write_bytes(b"x" * length + b"\n\n")
    assert "32 bytes" in refusal(ring)
    with pytest.raises(BadSetting, match="BURNBOARD_EMBED_KEYS_FILE"):
        ring.open(HandClock())


def test_white_space_around_a_secret_is_not_part_of_it(ring: Ring) -> None:
    before = parsed(ring).keys["k1"].verifying
    (ring.folder / "k1.key").write_bytes(b"\n " + before + b"\r\n")
    assert parsed(ring).keys["k1"].verifying == before


def test_one_key_has_one_name(ring: Ring) -> None:
    for kid, record in (("k9", ring.records["k1"]), ("k9", ring.records["k3"])):
        ring.records[kid] = deepcopy(record)  # the writer of YAML would make an anchor of one list in two places
        assert "needs its own" in refusal(ring)
        del ring.records[kid]


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "keys: {}", "version: 1", "version: 2\nkeys: {}", "version: 1\nkeys: {}", "version: 1\nkeys: []",
        "version: 1\nversion: 1\nkeys: {}", "version: 1\nkeys: {a: &x {}, b: *x}", "version: true\nkeys: {}",
        "version: 1\nkeys: {1: {}}", "version: 1\nkeys: {a: {}}\nmore: 1", "!!python/object/apply:os.system [id]",
        "version: 1\nkeys: {a: {alg: HS256, alg: HS256}}", "\x00", "version: 1\nkeys: {a:",
    ],
)  # fmt: skip
def test_what_a_file_cannot_say(ring: Ring, text: str) -> None:
    ring.path.write_text(text)
    with pytest.raises(ValueError):  # noqa: PT011  # any sentence will do
        parse_ring(ring.path.read_bytes(), ring.path)


@pytest.mark.parametrize("revoked", [{"someone": "2026-01-01T00:00:00Z"}, {A: "yesterday"}, {A: None}, [A]])
def test_what_cannot_be_revoked(ring: Ring, revoked: Any) -> None:
    ring.revoked = revoked
    assert "revoked_before" in refusal(ring)


def test_one_account_is_revoked_under_one_spelling(ring: Ring) -> None:
    """Else the later entry would silently take the place of the earlier one, and its instant may be long ago."""
    ring.revoked = {A: "2026-11-20T12:00:00Z", A.upper(): "2020-01-01T00:00:00Z"}
    assert "twice" in refusal(ring)
