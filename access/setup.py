"""From settings to what decides about access; whatever contradicts itself refuses to start (design 4.6, first row)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from access.contradictions import refuse_contradictions
from access.denied import Gate
from access.local import LocalGate, new_token, start_url
from access.peer import NOBODY, Peer, peer_of
from access.policy import parse_policy
from access.proxy import ProxyGate
from access.watched import Watched, open_watched
from data.clock import Clock
from data.settings import AuthMode, BadSetting, Secret, Settings

if TYPE_CHECKING:  # what only some modes need is loaded in those: cryptography takes its time
    from access.embed.opening import EmbedAccess


@dataclass(frozen=True, kw_only=True)
class Access:
    """``gate`` decides about the app's own pages, ``embed`` about frames; None where the mode has none. ``peer`` is who
    may say where a request came from. ``start_url`` is the address to open, ``start_token`` what it holds. ``files``
    are those that are read again while the app runs."""

    gate: Gate | None
    embed: EmbedAccess | None
    start_url: str
    peer: Peer = NOBODY
    start_token: Secret | None = None
    files: tuple[Watched[Any], ...] = ()

    def page_gate(self) -> Gate:
        """``gate`` where there has to be one; raises ``BadSetting``."""
        if self.gate is None:
            raise BadSetting("BURNBOARD_AUTH is embed: there are no pages for people who sign in.")
        return self.gate

    def problems(self) -> tuple[str, ...]:
        """What must be mended before this process should be asked anything, in a word each."""
        own = tuple(file.name for file in self.files if not file.valid)
        return own + (self.embed.problems() if self.embed else ())


def open_access(settings: Settings, clock: Clock) -> Access:
    """What ``settings`` describe; raises ``BadSetting``. ``clock`` should run even where ``BURNBOARD_NOW`` stands:
    with a clock that stands no token ends."""
    refuse_contradictions(settings)
    if settings.auth is AuthMode.LOCAL:
        return _local(settings)
    embed = _embed(settings, clock) if settings.auth.has_embed else None
    peer = peer_of(settings)
    if not settings.auth.has_proxy:
        return Access(gate=None, embed=embed, start_url=settings.url, peer=peer)
    from access.identifiers import open_identifier  # noqa: PLC0415  # only behind a proxy

    identifier, files = open_identifier(settings, peer, clock)
    policy = _policy(settings, clock)
    gate = ProxyGate(identifier=identifier, policy=policy)
    return Access(gate=gate, embed=embed, start_url=settings.url, peer=peer, files=(policy, *files))


def _local(settings: Settings) -> Access:
    given = settings.start_token
    token = given if isinstance(given, Secret) else new_token() if given else None
    gate = LocalGate(token=token, home=settings.path_prefix)
    return Access(gate=gate, embed=None, start_url=start_url(settings.url, token), start_token=token)


def _embed(settings: Settings, clock: Clock) -> EmbedAccess:
    from access.embed.setup import open_embed  # noqa: PLC0415  # only where there are embeds

    return open_embed(settings, clock)


def _policy(settings: Settings, clock: Clock) -> Watched[Any]:
    path = settings.policy_file
    if path is None:
        raise BadSetting("BURNBOARD_POLICY_FILE is not set: it says which person sees which accounts.")
    return open_watched(
        path, lambda raw: parse_policy(raw, path.name), clock, name="policy", setting="BURNBOARD_POLICY_FILE"
    )
