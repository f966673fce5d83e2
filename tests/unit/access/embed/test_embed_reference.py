"""``docs/reference/embed-tokens.md`` says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from access.embed.embeddable_url import _READ, LEGACY, START
from access.embed.issuers import parse_issuers
from access.embed.key_files import Algorithm
from access.embed.keys import parse_ring
from access.embed.link_signing import MAX_LINK_SECONDS, MAX_TOKEN_CHARS, TYPE
from access.embed.names import COLOURS, EDITABLE, PANELS, STATUSES, TYPES
from access.embed.opening import Opened
from access.embed.options import Options
from tests.embeds import Ring

ROOT = Path(__file__).resolve().parents[4]
PAGE = (ROOT / "docs/reference/embed-tokens.md").read_text()


def quoted(text: str) -> set[str]:
    return set(re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.S)))


def section(title: str) -> str:
    return PAGE.split(f"## {title}\n")[1].split("\n## ")[0]


def rows(title: str) -> dict[str, str]:
    """The first cell of each row of the tables in a section, and the rest of it."""
    found = re.findall(r"^\| (`[^|]*) \|(.*)\|$", section(title), re.M)
    return {name: rest for cell, rest in found for name in quoted(cell)}


def test_the_panels_of_each_dashboard() -> None:
    told = rows("The address")
    assert {name: quoted(rest) for name, rest in told.items()} == {
        str(one): set(panels) for one, panels in PANELS.items()
    }


def test_the_claims_and_the_options() -> None:
    told = rows("The token")
    claims = {"iss", "aud", "iat", "exp", "nbf", "jti", "cus", "dash", "sub", "max", "theme", "locale", "tz", "opt"}
    options = {"earliest", "latest", "max_days"} | set(Options.__dataclass_fields__) - {"bounds"}
    assert set(told) == claims | options
    assert quoted(told["invoices"]) >= TYPES | STATUSES
    assert f"{MAX_TOKEN_CHARS} characters" in PAGE
    assert f"at most {MAX_LINK_SECONDS} after" in PAGE
    assert {TYPE, *map(str, Algorithm), *EDITABLE} <= quoted(section("The token"))
    assert set(COLOURS) - {f"UsageLine_{number}" for number in range(1, 9)} <= quoted(section("The token"))


def test_the_answer_to_a_frame() -> None:
    told = section("The session").split("```")[1]
    assert set(re.findall(r'"(\w+)"', told)) == {*Opened.__dataclass_fields__, "earliest", "latest", "max_days"}


def test_the_options_of_the_request() -> None:
    told = set(rows("getEmbeddableUrl"))
    assert told >= {*_READ, "color_overrides", "bm_group_key_overrides"}
    assert set(LEGACY) | set(START) <= quoted(section("getEmbeddableUrl"))


def test_the_samples_are_read(tmp_path: Path) -> None:
    ring, issuers = (
        re.findall(r"```yaml\n(.*?)```", section(title), re.S)[0] for title in ("The key ring", "getEmbeddableUrl")
    )
    made = Ring(tmp_path).add("acme-2026", "EdDSA")
    for name, own in (("public_key_file", "acme-2026.public.pem"), ("private_key_file", "acme-2026.private.pem")):
        (tmp_path / own).write_bytes((tmp_path / made.records["acme-2026"][name]).read_bytes())
    key = parse_ring(ring.encode(), made.path).keys["acme-2026"]
    assert key.signing is not None
    assert set(rows("The key ring")) >= set(yaml.safe_load(ring)["keys"]["acme-2026"])
    sample = issuers.replace("<digest of the bearer key>", "a" * 64)
    assert parse_issuers(sample.encode(), tmp_path / "issuers.yaml").by_name["portal"].kid == "acme-2026"
