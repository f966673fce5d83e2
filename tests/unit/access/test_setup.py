"""From settings to what decides. What contradicts itself is in row S8."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from access.denied import Denied, Reason
from access.identifiers import open_identifier
from access.jwks import FetchedKeys, FileKeys
from access.local import LocalGate
from access.peer import NOBODY
from access.plain import PlainHeaders
from access.proxy import ProxyGate
from access.setup import open_access
from access.signed import PRESETS, Assertions
from data.clock import Clock
from data.settings import BadSetting, Identity, Secret, Settings
from tests.rows.behind import gate_of, plain_settings
from tests.rows.identities import ANA, SECRET, Issuer, MovedClock, environ_of

ROOT = Path(__file__).resolve().parents[3]
FIXED = "f" * 40


@pytest.mark.parametrize(
    ("given", "opens"),
    [({}, None), ({"BURNBOARD_START_TOKEN": "on"}, None), ({"BURNBOARD_START_TOKEN": FIXED}, FIXED)],
)
def test_local_mode_has_a_token_that_is_new_each_time_or_the_one_that_is_set(given: dict[str, str], opens: str) -> None:
    one, other = (open_access(Settings.from_env(given), Clock()) for _ in range(2))
    assert isinstance(one.gate, LocalGate)
    assert one.start_token is not None
    assert other.start_token is not None
    assert one.start_url == f"http://127.0.0.1:8050/?token={one.start_token.reveal()}"
    assert (one.start_token.reveal() == other.start_token.reveal()) is (opens is not None)
    assert one.embed is None
    assert one.problems() == ()


def test_a_token_can_be_handed_down_as_a_setting_and_never_shows() -> None:
    settings = Settings.from_env({"BURNBOARD_START_TOKEN": FIXED})
    assert isinstance(settings.start_token, Secret)
    assert FIXED not in repr(settings)
    assert FIXED not in repr(open_access(settings, Clock()).gate)
    for text in ("maybe", "x" * 31, "x" * 40 + "=", "true"):
        with pytest.raises(BadSetting, match="BURNBOARD_START_TOKEN"):
            Settings.from_env({"BURNBOARD_START_TOKEN": text})


def test_behind_a_proxy_files_are_watched_and_told(tmp_path: Path) -> None:
    clock = MovedClock()
    access = gate_of(tmp_path, clock)
    assert isinstance(access.gate, ProxyGate)
    assert [file.name for file in access.files] == ["policy", "proxy_secret"]
    assert access.gate.admit(environ_of(X_Proxy_Auth=SECRET, X_Forwarded_Email=ANA)).subject == ANA
    (tmp_path / "policy.yaml").write_text("nonsense")
    (tmp_path / "secret").unlink()
    clock.move(1.0)
    assert access.problems() == ("policy", "proxy_secret")


def test_who_it_is_is_asked_before_the_policy(tmp_path: Path) -> None:
    """Nobody learns from the answer whether the policy is in order."""
    clock = MovedClock()
    access = gate_of(tmp_path, clock)
    (tmp_path / "policy.yaml").unlink()
    for seconds in (1.0, 3600.0):
        clock.move(seconds)
        with pytest.raises(Denied) as caught:
            access.page_gate().admit(environ_of(X_Proxy_Auth="wrong", X_Forwarded_Email=ANA))
        assert caught.value.reason is Reason.BAD_SECRET


def test_in_embed_mode_there_are_no_pages() -> None:
    settings = Settings.from_env({"BURNBOARD_AUTH": "embed"})
    with pytest.raises(BadSetting, match="BURNBOARD_EMBED_KEYS_FILE"):
        open_access(settings, Clock())


def signed(**env: str) -> Assertions:
    base = {"BURNBOARD_IDENTITY_AUDIENCE": "app", "BURNBOARD_IDENTITY_ISSUER": "https://team.cloudflareaccess.com/"}
    found, _ = open_identifier(Settings.from_env({**base, **env}), NOBODY, Clock())
    assert isinstance(found, Assertions)
    return found


def test_presets_know_what_they_can_and_settings_override_it(tmp_path: Path) -> None:
    cloudflare = signed(BURNBOARD_IDENTITY="cloudflare")
    assert isinstance(cloudflare.keys, FetchedKeys)
    assert cloudflare.preset == PRESETS[Identity.CLOUDFLARE]
    path = tmp_path / "jwks.json"
    path.write_bytes(Issuer().jwks())
    more = {"HEADER": "x-my-jwt", "KEYS": str(path), "ALGORITHMS": "ES384, EdDSA", "EMAIL_CLAIM": "mail",
            "GROUPS_CLAIM": "roles"}  # fmt: skip
    own = signed(BURNBOARD_IDENTITY="oidc", **{f"BURNBOARD_IDENTITY_{name}": value for name, value in more.items()})
    assert isinstance(own.keys, FileKeys)
    assert (own.preset.header, own.preset.algorithms) == ("x-my-jwt", ("ES384", "EdDSA"))
    assert (own.preset.email_claim, own.preset.groups_claim) == ("mail", "roles")
    iap = Settings.from_env({"BURNBOARD_IDENTITY": "iap", "BURNBOARD_IDENTITY_AUDIENCE": "/projects/1/apps/x"})
    found, files = open_identifier(iap, NOBODY, Clock())
    assert isinstance(found, Assertions)
    assert (found.issuer, files) == ("https://cloud.google.com/iap", ())


def test_plain_headers_come_in_two_families(tmp_path: Path) -> None:
    env = plain_settings(tmp_path, BURNBOARD_IDENTITY_HEADER="X-Auth-Request")
    access = open_access(Settings.from_env(env), Clock())
    assert isinstance(access.gate, ProxyGate)
    assert isinstance(access.gate.identifier, PlainHeaders)
    assert access.gate.identifier.family == "X-Auth-Request"
    assert SECRET not in repr(access)


def test_every_reason_and_preset_stands_in_the_reference() -> None:
    text = (ROOT / "docs" / "reference" / "access.md").read_text()
    reasons = text.split("| reason |")[1]
    assert set(re.findall(r"`([a-z_]+)`", re.sub(r"(?m)\|[^|\n]*\|$", "|", reasons))) == set(Reason)
    for identity, preset in PRESETS.items():
        (row,) = re.findall(rf"(?m)^\| `{identity}` \|.*$", text)
        assert preset.header in row
        assert ", ".join(preset.algorithms) in row
        assert f"{preset.max_life // 60} min" in row or f"{preset.max_life // 3600} h" in row
        assert preset.keys.startswith("https") or preset.keys in row
