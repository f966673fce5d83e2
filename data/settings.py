"""The only reader of the environment. Every variable here is also in ``.env.example`` and the README; a test compares.

What each text may look like stands in ``setting_values``; what must not stand together is checked where it is put
together (``access.setup``). Errors name the setting, never its value (reliability-security design, 4.6).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values

from data import setting_values as values
from data.setting_values import (
    FIRST_YEAR,
    LAST_YEAR,
    LOOPBACK_NAMES,
    MEMORY_CACHE,
    PRODUCTION_API,
    BadSetting,
    Secret,
)

__all__ = ["FIRST_YEAR", "LAST_YEAR", "AuthMode", "BadSetting", "Identity", "LogForm", "Secret", "Settings"]


class AuthMode(StrEnum):
    """Who is let in, and how they are told apart."""

    LOCAL = "local"
    PROXY = "proxy"
    EMBED = "embed"
    PROXY_EMBED = "proxy+embed"

    @property
    def has_proxy(self) -> bool:
        return self in (AuthMode.PROXY, AuthMode.PROXY_EMBED)

    @property
    def has_embed(self) -> bool:
        return self in (AuthMode.EMBED, AuthMode.PROXY_EMBED)


class Identity(StrEnum):
    """What the proxy sends to say who is there: one of four signed assertions, or plain headers."""

    POMERIUM = "pomerium"
    CLOUDFLARE = "cloudflare"
    IAP = "iap"
    OIDC = "oidc"
    PLAIN = "plain"


class LogForm(StrEnum):
    JSON = "json"
    TEXT = "text"


METRONOME_DASHBOARDS = "https://embeddable-dashboards.metronome.com"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that can be set, each checked by itself. ``token`` is None when there is none (only the sandbox can
    run then); None elsewhere means that the setting was not given."""

    token: Secret | None = None
    base_url: str = PRODUCTION_API
    host: str = "127.0.0.1"
    port: int = 8050
    socket: Path | None = None
    workers: int = 1
    threads: int = 64
    path_prefix: str = "/"
    public_url: str | None = None
    now: datetime | None = None
    cache_url: str = MEMORY_CACHE
    cache_mb: int = 256
    late_days: int = 35
    upstream_rps: float = 25.0
    upstream_burst: int = 50
    upstream_concurrency: int = 8
    auth: AuthMode = AuthMode.LOCAL
    start_token: Secret | bool = True
    policy_file: Path | None = None
    identity: Identity | None = None
    identity_header: str | None = None
    identity_issuer: str | None = None
    identity_audience: str | None = None
    identity_keys: str | None = None
    identity_algorithms: tuple[str, ...] = ()
    identity_email_claim: str | None = None
    identity_groups_claim: str | None = None
    trusted_proxies: tuple[str, ...] = ()
    proxy_secret_file: str | None = None
    embed_keys_file: Path | None = None
    issuer_keys_file: Path | None = None
    session_key_file: Path | None = None
    viewer_rate: float = 20.0
    embed_rate: float = 10.0
    metrics_port: int | None = None
    log: LogForm | None = None
    traces_url: str | None = None
    sandbox: bool = False

    @staticmethod
    def read(folder: Path) -> Settings:
        """From ``folder/.env``, overridden by the process environment."""
        return Settings.from_env({**{k: v or "" for k, v in dotenv_values(folder / ".env").items()}, **os.environ})

    @staticmethod
    def from_env(env: Mapping[str, str]) -> Settings:
        """Read ``env`` (environment over ``.env``); raises ``BadSetting`` for the first value that cannot be used."""
        text = {name: env.get(name, "").strip() for name in VARIABLES}
        given = {name: value for name, value in text.items() if value}
        return Settings(**{_FIELD[name]: _READ[name](name, value) for name, value in given.items()})  # type: ignore[arg-type]

    @property
    def url(self) -> str:
        """The address to open, as a person on this machine would type it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}{self.path_prefix}"

    @property
    def dashboards_origin(self) -> str:
        """The one origin of Metronome's own dashboards; a stand-in for the API on this machine shows its own."""
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc}" if parts.hostname in LOOPBACK_NAMES else METRONOME_DASHBOARDS

    @property
    def shared_url(self) -> str | None:
        """Where replicas share what they must agree on; None when everything stays in this process."""
        return None if urlsplit(self.cache_url).scheme == "memory" else self.cache_url


def hand_down_start_token(token: Secret) -> None:
    """Let the processes that this one starts go by its start token: they read it as a setting of theirs."""
    os.environ["BURNBOARD_START_TOKEN"] = token.reveal()


_READERS: dict[str, tuple[str, Callable[[str, str], object]]] = {
    "METRONOME_BEARER_TOKEN": ("token", values.token),
    "METRONOME_BASE_URL": ("base_url", values.api_url),
    "BURNBOARD_HOST": ("host", values.host),
    "BURNBOARD_PORT": ("port", partial(values.whole, low=1, high=65535)),
    "BURNBOARD_SOCKET": ("socket", values.path),
    "BURNBOARD_WORKERS": ("workers", partial(values.whole, low=1, high=64)),
    "BURNBOARD_THREADS": ("threads", partial(values.whole, low=1, high=256)),
    "BURNBOARD_PATH_PREFIX": ("path_prefix", values.prefix),
    "BURNBOARD_PUBLIC_URL": ("public_url", values.public_url),
    "BURNBOARD_NOW": ("now", values.instant),
    "BURNBOARD_CACHE_URL": ("cache_url", values.cache_url),
    "BURNBOARD_CACHE_MB": ("cache_mb", partial(values.whole, low=1, high=65_536)),
    "BURNBOARD_LATE_DAYS": ("late_days", partial(values.whole, low=0, high=400)),
    "BURNBOARD_UPSTREAM_RPS": ("upstream_rps", values.rate),
    "BURNBOARD_UPSTREAM_BURST": ("upstream_burst", partial(values.whole, low=1, high=10_000)),
    "BURNBOARD_UPSTREAM_CONCURRENCY": ("upstream_concurrency", partial(values.whole, low=1, high=64)),
    "BURNBOARD_AUTH": ("auth", values.choice(AuthMode)),
    "BURNBOARD_START_TOKEN": ("start_token", values.start_token),
    "BURNBOARD_POLICY_FILE": ("policy_file", values.path),
    "BURNBOARD_IDENTITY": ("identity", values.choice(Identity)),
    "BURNBOARD_IDENTITY_HEADER": ("identity_header", values.word),
    "BURNBOARD_IDENTITY_ISSUER": ("identity_issuer", values.word),
    "BURNBOARD_IDENTITY_AUDIENCE": ("identity_audience", values.word),
    "BURNBOARD_IDENTITY_KEYS": ("identity_keys", values.https_or_file),
    "BURNBOARD_IDENTITY_ALGORITHMS": ("identity_algorithms", values.words),
    "BURNBOARD_IDENTITY_EMAIL_CLAIM": ("identity_email_claim", values.word),
    "BURNBOARD_IDENTITY_GROUPS_CLAIM": ("identity_groups_claim", values.word),
    "BURNBOARD_TRUSTED_PROXIES": ("trusted_proxies", values.words),
    "BURNBOARD_PROXY_SECRET_FILE": ("proxy_secret_file", values.word),
    "BURNBOARD_EMBED_KEYS_FILE": ("embed_keys_file", values.path),
    "BURNBOARD_ISSUER_KEYS_FILE": ("issuer_keys_file", values.path),
    "BURNBOARD_SESSION_KEY_FILE": ("session_key_file", values.path),
    "BURNBOARD_VIEWER_RATE": ("viewer_rate", values.rate),
    "BURNBOARD_EMBED_RATE": ("embed_rate", values.rate),
    "BURNBOARD_METRICS_PORT": ("metrics_port", partial(values.whole, low=1, high=65535)),
    "BURNBOARD_LOG": ("log", values.choice(LogForm)),
    "BURNBOARD_TRACES_URL": ("traces_url", values.https_url),
    "BURNBOARD_SANDBOX": ("sandbox", values.flag),
}
VARIABLES = tuple(_READERS)
_FIELD = {name: field for name, (field, _) in _READERS.items()}
_READ = {name: read for name, (_, read) in _READERS.items()}


def hand_to_libraries(name: str, value: str) -> None:
    """Set a variable of this process, and of those that it starts, for a library that is told in no other way."""
    os.environ[name] = value
