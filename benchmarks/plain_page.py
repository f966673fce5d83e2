"""The yardstick: a Dash page with the same chart and table, written as a first page is written, with Dash's defaults.

The whole Plotly bundle, no compression, a figure from Plotly Express, Dash's own table, and the API asked anew by plain
``requests`` calls as the guide shows them, plus the following of pages without which it would show a part only.
"""

from __future__ import annotations

import os
from typing import Any

import pandas as pd
import plotly.express as px
import requests
from dash import Dash, Input, Output, dash_table, dcc, html
from flask import Flask

API = os.environ.get("METRONOME_BASE_URL", "https://api.metronome.com")
HEADERS = {"Authorization": f"Bearer {os.environ.get('METRONOME_BEARER_TOKEN', '')}"}
API_REQUESTS = "67a2c883-fe5f-506b-8960-baf7b5486756"  # the metric that the default page of Halden Robotics opens on
MONTH = ("2026-11-01T00:00:00Z", "2026-11-21T00:00:00Z")

app = Dash(__name__)
app.layout = html.Div(
    [
        dcc.Location(id="url"),
        html.H1("Usage and commitments"),
        dcc.Graph(id="usage"),
        dash_table.DataTable(id="commitments"),
    ]
)


def served() -> Flask:
    return app.server


@app.callback(Output("usage", "figure"), Output("commitments", "data"), Input("url", "pathname"))
def show(pathname: str) -> tuple[Any, list[dict[str, Any]]]:
    customer_id = pathname.rsplit("/", 1)[-1]
    return usage_figure(customer_id), commitments(customer_id)


def usage_figure(customer_id: str) -> Any:
    body = {
        "customer_id": customer_id,
        "billable_metric_id": API_REQUESTS,
        "starting_on": MONTH[0],
        "ending_before": MONTH[1],
        "window_size": "day",
        "group_by": {"key": "region"},
    }
    rows = everything("/v1/usage/groups", body, {"limit": "100"})
    frame = pd.DataFrame(rows).fillna({"group_value": "(not set)", "value": 0})
    return px.bar(frame, x="starting_on", y="value", color="group_value", title="Usage by region over time")


def commitments(customer_id: str) -> list[dict[str, Any]]:
    body = {"customer_id": customer_id, "include_ledgers": True, "include_contract_balances": True}
    table = []
    for balance in everything("/v1/contracts/customerBalances/list", body, {}):
        ledger = balance.get("ledger", [])
        granted = sum(entry["amount"] for entry in ledger if entry["amount"] > 0)
        remaining = sum(entry["amount"] for entry in ledger)
        row = {"name": balance["product"]["name"], "type": balance["type"], "granted": granted / 100}
        table.append({**row, "used": (granted - remaining) / 100, "remaining": remaining / 100})
    return table


def everything(path: str, body: dict[str, Any], query: dict[str, str]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    page: str | None = None
    while True:
        where = {"params": {**query, "next_page": page} if page else query, "json": body}
        if path.endswith("/list"):
            where["json"] = {**body, "next_page": page} if page else body
            where["params"] = {}
        answer = requests.post(API + path, headers=HEADERS, timeout=30, **where).json()
        rows += answer["data"]
        page = answer.get("next_page")
        if not page:
            return rows
