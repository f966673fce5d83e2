"""What a receipt may tell of a question: every parameter that decides its answer, and none that only turns pages."""

from __future__ import annotations

from datetime import date

import pytest

from data.metronome import questions
from data.metronome.question import Question
from tests.unit.metronome.upstream import ACCOUNT, METRIC

START, END = date(2024, 10, 1), date(2024, 12, 1)
BOUNDS = [("starting_on", "2024-10-01T00:00:00Z"), ("ending_before", "2024-12-01T00:00:00Z")]


@pytest.mark.parametrize(
    ("question", "parameters"),
    [
        (questions.customers(only_archived=False), []),
        (questions.customers(only_archived=True), [("only_archived", "true")]),
        (questions.metric(METRIC), []),
        (questions.contracts(ACCOUNT), [("customer_id", ACCOUNT), ("include_archived", "true")]),
        (
            questions.usage(ACCOUNT, METRIC, START, END, window="day", keys=("region", "az")),
            [
                ("customer_id", ACCOUNT),
                ("billable_metric_id", METRIC),
                ("window_size", "DAY"),
                *BOUNDS,
                ("group_key", "region,az"),
            ],
        ),
        (
            questions.usage_totals(ACCOUNT, START, END),
            [("customer_ids", ACCOUNT), ("window_size", "NONE"), *BOUNDS],
        ),
        (
            questions.breakdowns(ACCOUNT, START, END, window="hour"),
            [*BOUNDS, ("window_size", "HOUR"), ("sort", "date_asc")],
        ),
        (
            questions.net_balance(
                ACCOUNT, credit_type_id=METRIC, finalized_only=True, balance_types=("PREPAID_COMMIT", "CREDIT")
            ),
            [
                ("customer_id", ACCOUNT),
                ("credit_type_id", METRIC),
                ("invoice_inclusion_mode", "FINALIZED"),
                ("filters[0].balance_types", "PREPAID_COMMIT,CREDIT"),
            ],
        ),
        (
            questions.embeddable_url(
                ACCOUNT,
                "usage",
                group_key_overrides=[questions.GroupKeyLabel(key="region", values={"eu": "Europe"})],
            ),
            [
                ("customer_id", ACCOUNT),
                ("dashboard", "usage"),
                ("bm_group_key_overrides[0].group_key_name", "region"),
                ("bm_group_key_overrides[0].value_display_names.eu", "Europe"),
            ],
        ),
    ],
)
def test_parameters_are_those_of_query_and_body(question: Question, parameters: list[tuple[str, str]]) -> None:
    assert list(question.parameters) == parameters


@pytest.mark.parametrize(
    "question",
    [questions.invoices(ACCOUNT), questions.balances(ACCOUNT), questions.contracts(ACCOUNT)],
    ids=lambda question: question.family,
)
def test_every_page_of_a_question_has_the_same_parameters(question: Question) -> None:
    assert question.at("a cursor").parameters == question.parameters
    assert not {"limit", "next_page", "cursor"} & {name for name, _ in question.parameters}
