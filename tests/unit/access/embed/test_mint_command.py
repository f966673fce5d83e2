"""Keys and links from the command line, from an empty folder to an opened embed."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

from access.embed.issuers import parse_issuers
from access.embed.mint import main
from access.embed.setup import open_embed
from data.clock import Clock
from data.settings import Settings
from tests.embeds import A, B

PORTAL = "https://portal.example"
PUBLIC = "https://billing.example/"


@pytest.fixture
def ring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("BURNBOARD_EMBED_KEYS_FILE", "BURNBOARD_ISSUER_KEYS_FILE", "BURNBOARD_PUBLIC_URL"):
        monkeypatch.delenv(name, raising=False)
    path = tmp_path / "ring.yaml"
    path.write_text("version: 1\nkeys:\n")
    return path


def add_key(ring: Path, capsys: pytest.CaptureFixture[str], kid: str, *more: str) -> None:
    assert main(["new-key", kid, "--folder", str(ring.parent), "--origins", PORTAL, *more]) == 0
    with ring.open("a") as file:
        file.write(capsys.readouterr().out)


def session_of(ring: Path, url: str) -> str:
    settings = Settings.from_env({"BURNBOARD_EMBED_KEYS_FILE": str(ring)})
    page, _, token = url.strip().partition("#t=")
    kid, dashboard = page.split("/")[-2:]
    return open_embed(settings, Clock()).exchange(kid, dashboard, token, public_url=PUBLIC).customer_id


@pytest.mark.parametrize("alg", ["HS256", "ES256", "EdDSA"])
def test_from_a_new_key_to_an_opened_embed(ring: Path, capsys: pytest.CaptureFixture[str], alg: str) -> None:
    add_key(ring, capsys, "acme-1", "--alg", alg, "--customers", A, "--dashboards", "usage", "account")
    add_key(ring, capsys, "acme-2", "--alg", alg)
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in ring.parent.glob("acme-*"))
    asked = ["link", "--ring", str(ring), "--customer", A, "--public-url", PUBLIC]
    more = "--export --hide spend --max-days 31 --earliest 2026-01-01 --colour Gray_dark=#112233 --start range=last30d"
    assert main([*asked, "--dashboard", "account", "--theme", "dark", *more.split()]) == 0
    told = capsys.readouterr()
    assert told.out.startswith(f"{PUBLIC}embed/acme-1/account#t=")
    assert session_of(ring, told.out) == A
    assert '"event": "minted"' in told.err
    assert "eyJ" not in told.err
    assert main([*asked, "--dashboard", "spend"]) == 0
    assert "/acme-2/spend#" in capsys.readouterr().out


@pytest.mark.parametrize(
    "wrong",
    [
        ["--customer", B, "--kid", "acme-1", "--dashboard", "usage"],
        ["--customer", A, "--kid", "acme-9", "--dashboard", "usage"],
        ["--customer", "acme", "--dashboard", "usage"],
        ["--customer", A, "--dashboard", "usage", "--hide", "spend"],
        ["--customer", A, "--dashboard", "usage", "--colour", "Gray_dark=red"],
        ["--customer", A, "--dashboard", "usage", "--session-minutes", "999"],
        ["--customer", A, "--dashboard", "usage", "--viewer", "x" * 300],
        ["--customer", A, "--dashboard", "usage", "--public-url", "http://billing.example/"],
        ["--customer", A, "--dashboard", "usage", "--public-url", "javascript:x/"],
        ["--customer", A, "--dashboard", "usage", "--public-url", "https://billing.example/?x=1"],
    ],
)
def test_what_cannot_be_minted_is_said_in_a_sentence(
    ring: Path, capsys: pytest.CaptureFixture[str], wrong: list[str]
) -> None:
    add_key(ring, capsys, "acme-1", "--customers", A)
    assert main(["link", "--ring", str(ring), *wrong]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert re.match(r"(--)?[A-Za-z].*", told.err)
    assert "Traceback" not in told.err


def test_a_key_that_is_there_is_never_written_over(ring: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add_key(ring, capsys, "acme-1")
    before = {path: path.read_bytes() for path in ring.parent.iterdir()}
    for more in (["--origins", PORTAL], ["--alg", "HS256", "--origins", "http://not-https.example"]):
        kid = "acme-1" if len(more) == 2 else "acme-7"
        assert main(["new-key", kid, "--folder", str(ring.parent), *more]) == 2
    assert {path: path.read_bytes() for path in ring.parent.iterdir()} == before


def test_a_new_bearer_key_is_shown_once_and_kept_as_its_digest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["new-issuer-key", "portal", "--kid", "acme-1", "--customers", A, B, "--dashboards", "usage"]) == 0
    told = capsys.readouterr()
    key = told.err.split()[-1]
    path = tmp_path / "issuers.yaml"
    path.write_text("version: 1\nissuers:\n" + told.out)
    found = parse_issuers(path.read_bytes(), path).find(key)
    assert found is not None
    assert (found.name, found.customers) == ("portal", {A, B})
    assert key not in told.out


def test_check_says_what_the_files_hold(ring: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add_key(ring, capsys, "acme-1")
    assert main(["check", "--ring", str(ring)]) == 0
    assert capsys.readouterr().out == "key acme-1: EdDSA, active, signs here\n"
    ring.write_text("version: 1\nkeys: {}\n")
    assert main(["check", "--ring", str(ring)]) == 2
    assert "BURNBOARD_EMBED_KEYS_FILE" in capsys.readouterr().err


def test_a_public_url_is_read_like_the_setting(ring: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add_key(ring, capsys, "acme-1")
    asked = ["link", "--ring", str(ring), "--customer", A, "--dashboard", "usage"]
    assert main([*asked, "--public-url", PUBLIC.rstrip("/")]) == 0
    assert session_of(ring, capsys.readouterr().out) == A
    assert main([*asked, "--public-url", "http://billing.example/"]) == 2
    assert "--public-url" in capsys.readouterr().err


@pytest.mark.parametrize("record", ["status: retiring", "status: revoked", "not_after: 2026-01-01T00:00:00Z"])
def test_check_says_when_an_issuer_gets_no_links(
    ring: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, record: str
) -> None:
    add_key(ring, capsys, "acme-1", "--alg", "HS256")
    assert main(["new-issuer-key", "portal", "--kid", "acme-1"]) == 0
    issuers = ring.parent / "issuers.yaml"
    issuers.write_text("version: 1\nissuers:\n" + capsys.readouterr().out)
    monkeypatch.setenv("BURNBOARD_ISSUER_KEYS_FILE", str(issuers))
    assert main(["check", "--ring", str(ring)]) == 0
    assert capsys.readouterr().out.endswith("signs here\nissuer portal: signs with acme-1\n")
    ring.write_text(ring.read_text().replace("status: active", f"status: active\n    {record}"))
    ring.write_text(ring.read_text().replace("status: active\n    status", "status"))
    assert main(["check", "--ring", str(ring)]) == 0
    told = capsys.readouterr().out
    assert "signs nothing now\n" in told
    assert told.endswith("issuer portal: signs with acme-1, which signs nothing here now\n")
    issuers.write_text(issuers.read_text().replace("acme-1", "acme-9"))
    assert main(["check", "--ring", str(ring)]) == 2
    assert "acme-9" in capsys.readouterr().err
