"""The baseline: a dashboard as a first one is written from Metronome's guide, on the same libraries as Burnboard.

A customer, a date range, and the guide's three panels: usage by region, commitments, spend by region; one callback
each. ``requests`` asks the API whenever a panel is drawn and follows every page; figures come from Plotly Express, the
table is Dash's own, and everything about Dash is its default. Nothing in it waits, and what it shows is right.
"""

from __future__ import annotations

import os
from datetime import date, timedelta
from typing import Any

import pandas as pd
import plotly.express as px
import requests
from dash import Dash, Input, Output, dash_table, dcc, html
from dash.exceptions import PreventUpdate
from flask import Flask

API = os.environ.get("METRONOME_BASE_URL", "https://api.metronome.com")
HEADERS = {"Authorization": f"Bearer {os.environ.get('METRONOME_BEARER_TOKEN', '')}"}
METRIC = os.environ.get("GUIDE_METRIC", "67a2c883-fe5f-506b-8960-baf7b5486756")  # API requests
REGION = os.environ.get("GUIDE_GROUP_KEY", "region")
TODAY = date.fromisoformat(os.environ["BURNBOARD_NOW"][:10])  # on which the sandbox stands still
NO_REGION = "(no region)"
Row = dict[str, Any]


def layout() -> html.Div:
    customers = get_all("/v1/customers")
    return html.Div(
        [
            html.H1("Usage and spend"),
            dcc.Dropdown(
                id="customer",
                options=[{"label": one["name"], "value": one["id"]} for one in customers],
                value=customers[0]["id"],
            ),
            dcc.DatePickerRange(id="dates", start_date=TODAY.replace(day=1).isoformat(), end_date=TODAY.isoformat()),
            dcc.Graph(id="usage"),
            dcc.Graph(id="spend"),
            dash_table.DataTable(id="commitments", sort_action="native"),
        ]
    )


app = Dash(__name__)
CHOICES = (Input("customer", "value"), Input("dates", "start_date"), Input("dates", "end_date"))


@app.callback(Output("usage", "figure"), *CHOICES)
def show_usage(customer: str | None, start: str | None, end: str | None) -> Any:
    rows = [
        {"date": row["starting_on"], "region": row["group_value"] or NO_REGION, "usage": row["value"] or 0}
        for row in usage(customer, *period(customer, start, end))
    ]
    frame = pd.DataFrame(rows, columns=["date", "region", "usage"])
    return px.bar(frame, x="date", y="usage", color="region", title="Usage by region over time")


@app.callback(Output("spend", "figure"), *CHOICES)
def show_spend(customer: str | None, start: str | None, end: str | None) -> Any:
    totals: dict[tuple[str, str], float] = {}
    for window in breakdowns(customer, *period(customer, start, end)):
        for line in window["line_items"]:
            groups = line.get("presentation_group_values")
            if groups is None:  # a commit or credit applied to another line, or a fee
                continue
            place = (window["breakdown_start_timestamp"], groups.get(REGION) or NO_REGION)
            totals[place] = totals.get(place, 0) + line["total"] / 100  # cents to dollars
    rows = [(day, region, total) for (day, region), total in sorted(totals.items())]
    frame = pd.DataFrame(rows, columns=["date", "region", "spend"])
    return px.bar(frame, x="date", y="spend", color="region", title="Spend by region over time (USD)")


@app.callback(Output("commitments", "data"), *CHOICES)
def show_commitments(customer: str | None, start: str | None, end: str | None) -> list[Row]:
    first, _ = period(customer, start, end)
    table = []
    for balance in balances(customer, first):
        granted = sum(item["amount"] for item in balance["access_schedule"]["schedule_items"])
        used = sum(-entry["amount"] for entry in balance["ledger"] if entry["amount"] < 0)
        amounts = {"granted": granted / 100, "used": used / 100, "remaining": (granted - used) / 100}
        table.append({"name": balance["product"]["name"], "type": balance["type"], **amounts})
    return table


def period(customer: str | None, start: str | None, end: str | None) -> tuple[str, str]:
    """The chosen days as the API wants them, the last one included; nothing is drawn while one is not chosen."""
    if not (customer and start and end):
        raise PreventUpdate
    return f"{start[:10]}T00:00:00Z", f"{date.fromisoformat(end[:10]) + timedelta(days=1)}T00:00:00Z"


def usage(customer: str | None, start: str, end: str) -> list[Row]:
    body = {
        "customer_id": customer,
        "billable_metric_id": METRIC,
        "starting_on": start,
        "ending_before": end,
        "window_size": "day",
        "group_by": {"key": REGION},
    }
    rows: list[Row] = []
    query = {"limit": "100"}
    while True:
        page = answer("POST", "/v1/usage/groups", query, body)
        rows += page["data"]
        if not page["next_page"]:
            return rows
        query["next_page"] = page["next_page"]


def breakdowns(customer: str | None, start: str, end: str) -> list[Row]:
    return get_all(
        f"/v1/customers/{customer}/invoices/breakdowns",
        {"starting_on": start, "ending_before": end, "window_size": "day"},
    )


def balances(customer: str | None, start: str) -> list[Row]:
    body = {"customer_id": customer, "starting_at": start, "include_ledgers": True, "include_contract_balances": True}
    rows: list[Row] = []
    while True:
        page = answer("POST", "/v1/contracts/customerBalances/list", {}, body)
        rows += page["data"]
        if not page["next_page"]:
            return rows
        body["next_page"] = page["next_page"]


def get_all(path: str, query: dict[str, str] | None = None) -> list[Row]:
    rows: list[Row] = []
    query = {"limit": "100", **(query or {})}
    while True:
        page = answer("GET", path, query)
        rows += page["data"]
        if not page["next_page"]:
            return rows
        query["next_page"] = page["next_page"]


def answer(method: str, path: str, query: dict[str, str], body: Row | None = None) -> Row:
    found = requests.request(method, API + path, params=query, json=body, headers=HEADERS, timeout=30)
    found.raise_for_status()
    page: Row = found.json()
    return page


app.layout = layout


def served() -> Flask:
    server: Flask = app.server
    return server
