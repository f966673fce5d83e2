"""Links and keys from the command line: ``python -m access.embed.mint --help``.

Reads the same settings as the app. What is to be kept goes to standard output, so that it can be sent on into a file;
a new bearer key, which nobody can show again, to standard error.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from access.denied import Denied
from access.embed.issuers import PREFIX
from access.embed.key_files import Algorithm
from access.embed.keys import Key
from access.embed.link import DEFAULT_SESSION_SECONDS
from access.embed.minting import Minter, MintRequest
from access.embed.names import Dashboard, Theme
from access.embed.new_keys import new_issuer, new_key
from access.embed.options import read_options
from access.embed.setup import open_issuers, open_ring, refuse_lost
from data.clock import Clock
from data.errors import BadQuery
from data.setting_values import public_url
from data.settings import BadSetting, Settings

ROOT: Final = Path(__file__).resolve().parents[2]
Command = Callable[[argparse.Namespace], str]


def main(arguments: Sequence[str] | None = None) -> int:
    asked = parser().parse_args(arguments)
    logging.getLogger("burnboard").addHandler(_Lines())
    logging.getLogger("burnboard").setLevel(logging.INFO)
    try:
        sys.stdout.write(asked.run(asked))
    except (BadSetting, BadQuery, Denied, ValueError, OSError) as wrong:
        sys.stderr.write(f"{getattr(wrong, 'sentence', '') or wrong}\n")
        return 2
    return 0


def link(asked: argparse.Namespace) -> str:
    settings, clock = _settings(asked), Clock()
    minter = Minter(ring=open_ring(settings, clock), clock=clock)
    dashboard = Dashboard(asked.dashboard)
    kids = [asked.kid] if asked.kid else minter.kids(asked.customer.lower(), dashboard)
    if not kids:
        raise BadQuery("No key of the ring signs links for this account and dashboard here.")
    request = MintRequest(
        kid=kids[0],
        customer_id=asked.customer.lower(),
        dashboard=dashboard,
        public_url=_public_url(asked) or settings.public_url or settings.url,
        asker="command line",
        via="cli",
        options=read_options(_options(asked), "opt", dashboard=dashboard),
        viewer=asked.viewer,
        theme=Theme(asked.theme) if asked.theme else None,
        locale=asked.locale,
        session_seconds=asked.session_minutes * 60,
    )
    return minter.mint(request) + "\n"


def key(asked: argparse.Namespace) -> str:
    return new_key(
        asked.kid,
        Algorithm(asked.alg),
        asked.folder,
        customers=asked.customers,
        dashboards=asked.dashboards,
        origins=asked.origins,
    )


def issuer_key(asked: argparse.Namespace) -> str:
    bearer, record = new_issuer(asked.name, kid=asked.kid, customers=asked.customers, dashboards=asked.dashboards)
    sys.stderr.write(f"The bearer key, shown this once: {bearer}\n")
    return record


def check(asked: argparse.Namespace) -> str:
    settings, clock = _settings(asked), Clock()
    ring, issuers = open_ring(settings, clock), open_issuers(settings, clock)
    refuse_lost(ring, issuers)
    keys, now = ring.current().keys, clock.now()
    lines = [f"key {one.kid}: {one.algorithm}, {one.status}, {_place(one, now)}" for one in keys.values()]
    for issuer in issuers.current().by_name.values() if issuers else ():
        nothing = "" if keys[issuer.kid].signs_now(now) else ", which signs nothing here now"
        lines.append(f"issuer {issuer.name}: signs with {issuer.kid}{nothing}")
    return "\n".join(lines) + "\n"


def _place(key: Key, now: datetime) -> str:
    if key.signing is None:
        return "signs elsewhere"
    return "signs here" if key.signs_now(now) else "signs nothing now"


def parser() -> argparse.ArgumentParser:
    whole = argparse.ArgumentParser(
        prog="python -m access.embed.mint", description="Links to embeds, and keys for them."
    )
    commands = whole.add_subparsers(required=True)
    _link_arguments(commands.add_parser("link", help="print the address of an embed"))
    one = _command(commands, "new-key", key, "make a key; print its record for the key ring")
    one.add_argument("kid", help="its id, as it will stand in addresses")
    one.add_argument("--alg", choices=[str(alg) for alg in Algorithm], default="EdDSA")
    one.add_argument("--folder", type=Path, default=Path(), help="where the files go: beside the ring")
    one.add_argument("--origins", nargs="+", required=True, help="pages that may frame it: https://portal.example.com")
    two = _command(
        commands,
        "new-issuer-key",
        issuer_key,
        f"make a bearer key ({PREFIX}...) for getEmbeddableUrl; print its record",
    )
    two.add_argument("name", help="whose it is")
    two.add_argument("--kid", required=True, help="the key of the ring that its links are signed with")
    for command in (one, two):
        command.add_argument("--customers", nargs="+", default=["all"], help="ids of accounts, or all")
        command.add_argument("--dashboards", nargs="+", default=["all"], help="names, or all")
    three = _command(commands, "check", check, "read the files as the app does and say what they hold")
    three.add_argument("--ring", type=Path, help="instead of BURNBOARD_EMBED_KEYS_FILE")
    return whole


def _link_arguments(one: argparse.ArgumentParser) -> None:
    one.set_defaults(run=link)
    one.add_argument("--customer", required=True, help="the account's Metronome id")
    one.add_argument("--dashboard", required=True, choices=[str(name) for name in Dashboard])
    one.add_argument("--kid", default="", help="the key to sign with; else the first one that can")
    one.add_argument("--ring", type=Path, help="instead of BURNBOARD_EMBED_KEYS_FILE")
    one.add_argument("--public-url", default="", help="instead of BURNBOARD_PUBLIC_URL, with a slash at its end")
    one.add_argument("--viewer", default="", help="your own opaque name for who looks, for the audit log")
    one.add_argument("--theme", choices=[str(theme) for theme in Theme], default="")
    one.add_argument("--locale", default="", help="such as de-CH")
    one.add_argument("--session-minutes", type=int, default=DEFAULT_SESSION_SECONDS // 60)
    one.add_argument("--export", action="store_true", help="files may be taken along")
    one.add_argument("--hide", nargs="+", default=[], metavar="PANEL")
    one.add_argument("--earliest", metavar="DAY")
    one.add_argument("--latest", metavar="DAY")
    one.add_argument("--max-days", type=int)
    one.add_argument("--colour", nargs="+", default=[], metavar="NAME=#RRGGBB")
    one.add_argument("--start", nargs="+", default=[], metavar="KEY=VALUE", help="such as range=last30d")


def _command(commands: Any, name: str, run: Command, about: str) -> argparse.ArgumentParser:
    one: argparse.ArgumentParser = commands.add_parser(name, help=about)
    one.set_defaults(run=run)
    return one


def _options(asked: argparse.Namespace) -> dict[str, Any]:
    parts = {
        "hidden": asked.hide,
        "earliest": asked.earliest,
        "latest": asked.latest,
        "max_days": asked.max_days,
        "export": asked.export,
        "colours": dict(_pair(one) for one in asked.colour),
        "start": dict(_pair(one) for one in asked.start),
    }
    return {name: value for name, value in parts.items() if value not in (None, [], {}, False)}


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name, value


def _settings(asked: argparse.Namespace) -> Settings:
    settings = Settings.read(ROOT)
    return replace(settings, embed_keys_file=asked.ring) if asked.ring else settings


def _public_url(asked: argparse.Namespace) -> str:
    return public_url("--public-url", asked.public_url) if asked.public_url else ""


class _Lines(logging.Handler):
    """What the audit log would be told, on standard error."""

    def emit(self, record: logging.LogRecord) -> None:
        sys.stderr.write(json.dumps({"event": record.getMessage(), **getattr(record, "fields", {})}) + "\n")


if __name__ == "__main__":
    sys.exit(main())
