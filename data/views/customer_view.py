"""What the account's own people see of it: Metronome's dashboard, asked for anew each time it is looked at."""

from __future__ import annotations

from data.dashboards import Framed
from data.views.asking import Question


def metronome_dashboard(question: Question) -> Framed:
    """The one that the filters choose. Never through ``shared``, which would keep its address for a moment."""
    return question.source.dashboard(question.ask, question.filters.dashboard)
