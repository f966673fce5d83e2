"""S9: whoever is taken out of the policy is out within seconds; a bad edit changes nothing for a quarter of an hour and
is told meanwhile; then nobody is let in. The clock is moved by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from dash import Dash
from flask.testing import FlaskClient

from access.setup import Access
from app import create_app, create_source
from data.events import Channel
from data.settings import Settings
from tests.rows.behind import PLAIN, POLICY, gate_of, plain_settings
from tests.rows.identities import ANA, BEN, MovedClock, audited
from tests.rows.marked import MarkedSandbox, marked

GRACE = 15 * 60
PAGE = f"/accounts/{marked('A').id}"


class Site:
    """One process behind the proxy, with its policy file and its clock."""

    def __init__(self, folder: Path, api: MarkedSandbox) -> None:
        self.clock, self.policy = MovedClock(), folder / "policy.yaml"
        settings = Settings.from_env(plain_settings(folder, api=api.url))
        self.access: Access = gate_of(folder, self.clock, api=api.url)
        app: Dash = create_app(settings, create_source(settings), gate=self.access.page_gate())
        self.client: FlaskClient = app.server.test_client()

    def status(self, email: str) -> int:
        headers = PLAIN | {"X-Forwarded-Email": email}
        return self.client.get(PAGE, headers=headers, environ_overrides={"REMOTE_ADDR": ""}).status_code

    def edit(self, text: str, seconds: float = 2.0) -> None:
        self.policy.write_text(text)
        self.clock.move(seconds)


@pytest.fixture
def site(tmp_path: Path, api: MarkedSandbox) -> Site:
    return Site(tmp_path, api)


def test_s09_whoever_is_taken_out_is_out_within_seconds(site: Site) -> None:
    assert [site.status(ANA), site.status(BEN)] == [200, 200]
    site.edit(POLICY.replace(f"  {ANA}: {{groups: [of-a]}}\n", ""))
    assert [site.status(ANA), site.status(BEN)] == [403, 200]
    site.edit(POLICY.replace("{groups: [of-a]}", "{groups: []}"))
    assert site.status(ANA) == 403
    site.edit(POLICY)
    assert site.status(ANA) == 200


def test_s09_a_bad_edit_is_told_and_changes_nothing_for_a_while(site: Site) -> None:
    site.edit(POLICY.replace(f"  {ANA}: {{groups: [of-a]}}\n", ""))
    assert site.status(ANA) == 403
    with audited(Channel.APP) as told, audited() as denials:
        site.edit(POLICY + "users: {}\n")
        assert [site.status(ANA), site.status(BEN)] == [403, 200]
        assert site.access.problems() == ("policy",)
        site.clock.move(GRACE)
        assert site.status(BEN) == 200
        site.clock.move(1)
        assert [site.status(ANA), site.status(BEN)] == [503, 503]
    assert [line["event"] for line in told if line["event"].startswith("file_")] == ["file_invalid"]
    assert [line["reason"] for line in denials] == ["no_accounts", "no_valid_file", "no_valid_file"]
    site.edit(POLICY)
    assert [site.status(ANA), site.status(BEN)] == [200, 200]
    assert site.access.problems() == ()


def test_s09_a_file_that_is_gone_is_a_bad_one(site: Site) -> None:
    site.policy.unlink()
    site.clock.move(2)
    assert site.status(ANA) == 200
    site.clock.move(GRACE + 1)
    assert site.status(ANA) == 503
