"""docs/how-to/when-it-breaks.md: every sign that the app can give is in it, and the commands under each situation show,
word for word, what the page says they do once the situation is there."""

from __future__ import annotations

import ast
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from access.denied import Reason
from components.status_strip import WORDS
from data.settings import VARIABLES
from sandbox.catalogue import Customer
from sandbox.tcp_line import Line, Way, parse_line
from server.health import DRAINING, STARTING
from server.metrics import _Own
from server.numbers import FILES, OUTCOMES, Numbers
from tests.edge.document import reading, steps
from tests.edge.edge import Edge, replace_file, running_edge, until
from tests.edge.processes import stop
from tests.edge.shipped import ROOT

PAGE = ROOT / "docs" / "how-to" / "when-it-breaks.md"
ANA = "ana@acme.example"
FILE = f"accounts/{Customer.BRAND_NEW}/commitments.csv"


def text() -> str:
    return PAGE.read_text()


def first_cells(heading: str) -> set[str]:
    """The words in the first column of the table under a heading."""
    section = text().split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = [row.split("|")[1] for row in section.splitlines() if row.startswith("| `")]
    return {word for cell in rows for word in re.findall(r"`([^`]+)`", cell)}


def test_every_reason_for_not_being_ready_is_explained() -> None:
    assert first_cells("What `readyz` says") == {STARTING, DRAINING, *FILES}


def test_every_number_has_its_alarm() -> None:
    registry = CollectorRegistry()
    Numbers(registry)
    families = [*registry.collect(), *_Own(lambda: 1).collect()]
    names = {one.name + ("_total" if one.type == "counter" else "") for one in families}
    assert first_cells("What the numbers say") == names


def test_every_outcome_and_every_reason_is_explained() -> None:
    assert first_cells("Metronome does not answer") == set(OUTCOMES)
    assert first_cells("Somebody is not let in") == set(Reason)


def test_every_state_of_the_line_and_of_a_panel_is_explained() -> None:
    for what, _ in WORDS.values():
        assert f"| {what.format(about='')} |" in text()
    assert "Shown as of" in text()
    assert "Some data is missing" in text()
    assert "Not yours to see" in text()


def test_every_fault_that_can_be_typed_is_one() -> None:
    typed = text().split("| typed |")[1]
    lines = [parse_line(line) for line in re.findall(r"^\| `([^`]+)` \|", typed, re.M)]
    assert {line.way for line in lines} == set(Way)
    used = {one.name for one in fields(Line) for line in lines if getattr(line, one.name) != one.default}
    assert used == {one.name for one in fields(Line)}


def test_every_line_that_the_app_writes_about_itself_is_explained() -> None:
    rooms = [path for room in ("access", "data", "server") for path in (ROOT / room).rglob("*.py")]
    told = {
        node.args[1].value
        for path in rooms
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) == "emit"
        and ast.unparse(node.args[0]) == "Channel.APP"
        and isinstance(node.args[1], ast.Constant)
    }
    assert len(told) > 5
    assert [one for one in told if f"`{one}`" not in text()] == []


def test_the_settings_and_links_of_the_page_exist() -> None:
    assert set(re.findall(r"\b(?:BURNBOARD|METRONOME)_[A-Z_]+", text())) - set(VARIABLES) == set()
    headings = re.findall(r"^## (.+)$", text(), re.M)
    anchors = {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    for target in re.findall(r"\]\(([^)]+)\)", text()):
        if target.startswith("#"):
            assert target[1:] in anchors, target
        else:
            assert (PAGE.parent / target.partition("#")[0]).exists(), target


@pytest.fixture
def edge(tmp_path: Path) -> Iterator[Edge]:
    with running_edge(tmp_path, replicas=2, redis=True) as running:
        yield running


def wrong_policy(edge: Edge) -> None:
    good = (edge.folder / "policy.yaml").read_text()
    (edge.folder / "policy.yaml.good").write_text(good)
    replace_file(edge.folder / "policy.yaml", good.replace("version: 1", "version: 2"))
    until(lambda: edge.replicas[0].ask("/readyz")[0] == 503, "the file was looked at", edge)


def wrong_token(edge: Edge) -> None:
    edge.sandbox.faults.add("status", status=401)
    try:
        headers = {"X-Proxy-Auth": edge.secret, "X-Auth-Request-Email": ANA}
        assert edge.replicas[0].ask(edge.prefix + FILE, headers=headers)[0] == 503
    finally:
        edge.sandbox.faults.clear()


def wrong_secret(edge: Edge) -> None:
    headers = {"X-Proxy-Auth": "x" * 64, "X-Auth-Request-Email": ANA}
    assert edge.replicas[0].ask(edge.prefix, headers=headers)[0] == 401


def no_redis(edge: Edge) -> None:
    stop(edge.processes.named["redis"])
    headers = {"X-Proxy-Auth": edge.secret, "X-Auth-Request-Email": ANA}
    assert edge.replicas[0].ask(edge.prefix, headers=headers)[0] == 200


def no_replica(edge: Edge) -> None:
    edge.kill_replica(2)
    for _ in range(4):
        assert edge.as_user(ANA).get(edge.url, timeout=60).status_code == 200


SITUATIONS: dict[str, Callable[[Edge], None]] = {
    "A file is wrong": wrong_policy,
    "Metronome does not answer": wrong_token,
    "Somebody is not let in": wrong_secret,
    "Redis is gone": no_redis,
    "A replica or a worker is gone": no_replica,
}


@pytest.mark.process
def test_the_commands_under_each_situation_show_it(edge: Edge) -> None:
    folder = Path(edge.replicas[0].address.removeprefix("unix:")).parent
    places = {
        "127.0.0.1:9464": f"127.0.0.1:{edge.replicas[0].metrics_port}",
        "/run/burnboard/app-1.log": str(edge.folder / "logs" / "app-1.log"),
        "/run/burnboard": str(folder),
        "/etc/burnboard": str(edge.folder),
        "/opt/burnboard": str(ROOT),
        "/var/log/nginx": str(edge.folder / "logs"),
    }
    met: list[str] = []
    with reading(edge.folder / "logs", places) as reader:
        for step in steps(PAGE):
            if step.heading in SITUATIONS and step.heading not in met:
                SITUATIONS[step.heading](edge)
                met.append(step.heading)
                time.sleep(0.5)  # lines and numbers are written beside the answer
            reader.follow(step)
    assert met == list(SITUATIONS)
