"""What every callback is handed: the source, the clock and who is looking."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from data.cache import Cache
from data.clock import Clock
from data.errors import NotFound, SourceError
from data.filters import Filters
from data.pages import Page, place_at
from data.scope import Scope
from data.source import Ask, Source
from data.views.asking import Question


@dataclass(frozen=True, kw_only=True)
class Context:
    source: Source
    clock: Clock
    viewer: Callable[[], Scope]
    views: Cache = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "views", Cache(self.clock, limit=16))

    def scope(self) -> Scope:
        """Who is looking, as the guard decided for the request under way; raises ``AccessDenied`` where it did not."""
        return self.viewer()

    def ask(self, customer_id: str = "", *, whole: bool = False) -> Ask:
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
