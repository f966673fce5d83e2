"""What every callback is handed: the source, the clock and who is looking."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from data.clock import Clock
from data.dashboards import Dashboard, EmbedLink
from data.errors import NotFound, SourceError
from data.filters import Filters
from data.pages import Page, place_at
from data.scope import AccessDenied, Scope
from data.source import Ask, Source
from data.views.asking import Question
from data.views.memo import Memo
from data.waiting import about


class Mint(Protocol):
    """Signs a link to this app's own embed of a dashboard, for an account that the viewer may see, and leaves its line
    in the audit log; raises ``NoKey``."""

    def __call__(self, scope: Scope, customer_id: str, dashboard: Dashboard) -> EmbedLink: ...


@dataclass(frozen=True, kw_only=True)
class Context:
    """``denied`` is told of every denial that is caught to be shown in place, for the audit log. ``mint`` is None where
    this app has no embeds."""

    source: Source
    clock: Clock
    viewer: Callable[[], Scope]
    denied: Callable[[AccessDenied], None]
    mint: Mint | None = None
    views: Memo = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "views", Memo(self.clock))

    def scope(self) -> Scope:
        """Who is looking, as the guard decided for the request under way; raises ``AccessDenied`` where it did not."""
        return self.viewer()

    def ask(self, customer_id: str = "", *, whole: bool = False) -> Ask:
        about(customer_id)
        return Ask(scope=self.scope(), customer_id=customer_id, whole=whole)

    def question(
        self, customer_id: str, filters: Filters, *, page: Page = Page.OVERVIEW, whole: bool = False
    ) -> Question:
        ask, now = self.ask(customer_id, whole=whole), self.clock.now()
        return Question(source=self.source, ask=ask, filters=filters, now=now, page=page, views=self.views)

    def account_exists(self, customer_id: str) -> bool:
        """False only when the source says that there is no such account; an outage must not turn a page into a 404."""
        try:
            self.source.account(self.ask(customer_id))
        except NotFound:
            return False
        except SourceError:
            return True
        return True


def account_in(pathname: str | None) -> str | None:
    """The customer id that a page address names, None where it names none."""
    place = place_at(pathname or "")
    return place.customer_id if place else None
