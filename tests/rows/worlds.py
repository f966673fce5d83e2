"""The two apps as one viewer sees them, on the marked sandbox."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

from dash import Dash
from werkzeug.test import Client

from access.denied import Gate
from access.embed.opening import EmbedAccess
from app import create_app, create_source
from callbacks.context import Mint
from data.clock import Clock
from data.scope import LOCAL, Kind, Right, Scope
from data.settings import Settings
from data.source import Source
from embed_app import create_embed_app
from sandbox.server import Sandbox
from server.front import Front, Site
from server.health import Health
from tests.conftest import NOW
from tests.embeds import PUBLIC, Ring
from tests.rows.marked import NOW_AT, TOKEN, Marked, marked
from tests.rows.recorder import Driver


@dataclass(frozen=True)
class Fixed:
    """A gate that admits everybody as the same viewer: what stands behind it is what a row looks at."""

    scope: Scope

    def admit(self, _environ: Mapping[str, Any]) -> Scope:
        return self.scope


@dataclass(frozen=True)
class ByHeader:
    """A gate that believes a header: one app, many viewers, each with a scope of their own."""

    scopes: Mapping[str, Scope]

    def admit(self, environ: Mapping[str, Any]) -> Scope:
        return self.scopes[environ["HTTP_X_VIEWER"]]


def settings_on(sandbox: Sandbox, **env: str) -> Settings:
    return Settings.from_env(
        {
            "METRONOME_BEARER_TOKEN": TOKEN,
            "METRONOME_BASE_URL": sandbox.url,
            "BURNBOARD_NOW": NOW,
            "BURNBOARD_START_TOKEN": "off",
            "BURNBOARD_UPSTREAM_RPS": "100000",
            "BURNBOARD_UPSTREAM_BURST": "10000",
            **env,
        }
    )


def cs_app(
    sandbox: Sandbox,
    scope: Scope = LOCAL,
    *,
    clock: Clock | None = None,
    source: Source | None = None,
    gate: Fixed | ByHeader | None = None,
    mint: Mint | None = None,
) -> Dash:
    """The app of customer-success teams, for whoever ``scope`` is or ``gate`` says."""
    source = source or create_source(settings_on(sandbox), clock or Clock(NOW_AT))
    return app_on(source, gate or Fixed(scope), clock=clock, mint=mint)


def app_on(source: Source, gate: Fixed | ByHeader, *, clock: Clock | None = None, mint: Mint | None = None) -> Dash:
    settings = Settings.from_env(
        {"METRONOME_BEARER_TOKEN": TOKEN, "BURNBOARD_NOW": NOW, "BURNBOARD_START_TOKEN": "off"}
    )
    return create_app(settings, source, clock or Clock(NOW_AT), gate=gate, mint=mint)


def cs_driver(sandbox: Sandbox, own: Marked | None = None, **more: Any) -> Driver:
    """``own``: the viewer is limited to this account; without one everything is theirs, and A's pages are asked for."""
    scope = own.scope() if own else LOCAL
    app = cs_app(sandbox, more.pop("scope", scope), **more)
    return Driver(app=app, client=app.server.test_client(), own=own or marked("A"))


@dataclass(frozen=True, kw_only=True)
class AnySession(EmbedAccess):
    """Embeds whose every request comes from the same viewer: one who sees every panel there is, which no single
    dashboard opens."""

    viewer: Scope

    @property
    def gate(self) -> Gate:
        return Fixed(self.viewer)


def embed_access(folder: Path) -> EmbedAccess:
    """Keys of this app's own and no sessions yet."""
    return Ring(folder).add("k1").open(Clock(NOW_AT))


def embed_app(sandbox: Sandbox, access: EmbedAccess, **env: str) -> Dash:
    """The app that customers see in a frame."""
    settings = settings_on(sandbox, BURNBOARD_AUTH="embed", BURNBOARD_PUBLIC_URL=PUBLIC, **env)
    return create_embed_app(settings, create_source(settings, Clock(NOW_AT)), access, Clock(NOW_AT))


def embed_driver(sandbox: Sandbox, folder: Path, own: Marked) -> Driver:
    """Everything that an embed of this account can show, files included."""
    plain = embed_access(folder)
    access = AnySession(
        **{one.name: getattr(plain, one.name) for one in fields(plain)},
        viewer=own.scope(Right.VIEW, Right.EXPORT, kind=Kind.EMBED),
    )
    app = embed_app(sandbox, access)
    return Driver(app=app, client=app.server.test_client(), own=own)


def fronted(app: Dash) -> Client:
    """A client of the whole site, whose front gives each request its id."""
    front = Front("/", Health(leaving=lambda: False, problems=tuple), Clock(NOW_AT))
    return Client(front.open(Site(app.server, "local"), None))


@dataclass(frozen=True)
class Apps:
    """Both apps, each as somebody who may see A and nobody else."""

    drivers: dict[str, Driver]
    NAMES: ClassVar[tuple[str, ...]] = ("cs", "embed")

    def driver(self, name: str) -> Driver:
        return self.drivers[name]


@contextmanager
def apps_of(sandbox: Sandbox) -> Iterator[Apps]:
    with TemporaryDirectory() as folder:
        own = marked("A")
        yield Apps({"cs": cs_driver(sandbox, own), "embed": embed_driver(sandbox, Path(folder), own)})
