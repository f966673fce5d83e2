"""The repository tests its own rules: who imports whom, how long things get, what may be read where."""

from __future__ import annotations

import ast
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("data", "access", "components", "callbacks", "server", "sandbox")
MAX_FUNCTION, MAX_MODULE, MAX_CALLBACK = 25, 250, 12

# Who may import whom. A rule is a prefix of module names; the longest matching importer decides.
ALLOWED = {
    "data": ("data",),
    "data.setting_values": (),
    "data.settings": ("data.setting_values",),
    "data.events": (),
    "data.errors": (),
    "data.clock": (),
    "data.waiting": ("data.clock", "data.metronome.held_back"),
    "data.weighing": (),
    "data.scope": (),
    "data.money": (),
    "data.schema": (),
    "data.series": (),
    "data.files": (),
    "data.query_values": (),
    "data.pages": (),
    "data.upstream_state": (),
    "data.filters": ("data.errors", "data.query_values", "data.dashboards"),
    "data.dashboards": ("data.errors", "data.setting_values"),
    "data.metronome": ("data.metronome", "data.errors", "data.clock", "data.settings",
                       "data.query_values", "data.events", "data.upstream_state"),
    "data.metronome.lane": (),
    "data.window_cache": ("data.window_cache", "data.clock", "data.errors", "data.events", "data.metronome.deadline",
                          "data.metronome.held_back", "data.weighing", "data.waiting"),
    "data.window_cache.days": (),
    "data.window_cache.freshness": (),
    "data.window_cache.tables": ("data.schema", "data.frames.columns"),
    "data.window_cache.columns": ("data.frames.columns",),
    "data.window_cache.entry": ("data.window_cache.tables", "data.weighing"),
    "data.window_cache.codec": ("data.window_cache.columns", "data.window_cache.entry", "data.window_cache.tables",
                                "data.frames.columns", "data.errors"),
    "data.window_cache.store": ("data.clock", "data.events"),
    "data.window_cache.redis_store": ("data.window_cache.store", "data.clock", "data.events", "data.setting_values"),
    "data.frames": ("data.frames", "data.schema", "data.money", "data.metronome.shapes",
                    "data.metronome.invoice_shapes", "data.metronome.usage_block", "data.errors"),
    "data.analytics": ("data.analytics", "data.schema", "data.money", "data.series", "data.filters", "data.errors"),
    "data.views": ("data.views", "data.source", "data.analytics", "data.errors", "data.filters", "data.money",
                   "data.series", "data.schema", "data.query_values",
                   "data.clock", "data.pages", "data.lineage.value", "data.dashboards", "data.scope", "data.events",
                   "data.waiting", "data.weighing"),
    "data.lineage": ("data.lineage", "data.views", "data.source", "data.analytics", "data.money", "data.series",
                     "data.schema", "data.filters", "data.errors", "data.query_values"),
    "data.lineage.value": ("data.source", "data.money", "data.series"),
    "components": ("components", "data.schema", "data.series", "data.filters", "data.money", "data.errors",
                   "data.analytics", "data.views", "data.query_values", "data.pages", "data.lineage.value",
                   "data.dashboards", "data.upstream_state", "data.metronome.held_back"),
    "callbacks": ("callbacks", "components", "data.pages", "data.lineage", "data.views", "data.source", "data.scope",
                  "data.clock", "data.errors", "data.filters", "data.files", "data.analytics",
                  "data.query_values", "data.dashboards", "data.events", "data.waiting"),
    "access": ("access", "data.settings", "data.setting_values", "data.errors", "data.clock", "data.scope",
               "data.query_values", "data.events"),
    "server": ("server", "access", "data.pages", "data.errors", "data.query_values", "data.scope", "data.settings",
               "data.setting_values", "data.dashboards",
               "data.clock", "data.events", "data.waiting"),
    "app": ("access", "callbacks.context", "data", "server", "pages_app", "embed_app"),
    "pages_app": ("access", "callbacks", "components.page", "data", "server"),
    "embed_app": ("access", "callbacks", "components", "data", "server"),
    "sandbox": ("sandbox",),
}  # fmt: skip
NEVER = {
    "data": ("dash", "plotly", "flask", "granian"),
    "access": ("dash", "plotly", "flask", "granian"),
    "components": ("requests", "flask"),
    "callbacks": ("requests",),
    "server": ("requests",),
    "sandbox": ("dash", "plotly"),
}
# Functions longer than the house likes, each with its reason.
LONG_FUNCTIONS: dict[str, str] = {}
LONG_MODULES: dict[str, str] = {}
ENVIRONMENT_READERS = {
    "data/settings.py": "the one reader",
    "sandbox/launch.py": "decides which processes to start, and hands each its environment",
}


@cache
def sources() -> dict[str, tuple[Path, ast.Module]]:
    files = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")] + [*ROOT.glob("*.py")]
    return {module_name(path): (path, ast.parse(path.read_text())) for path in files}


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports_of(tree: ast.Module) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def within(name: str, prefixes: tuple[str, ...]) -> bool:
    return any(name == prefix or name.startswith(prefix + ".") for prefix in prefixes)


def rule_for(module: str) -> tuple[str, ...]:
    matching = [prefix for prefix in ALLOWED if within(module, (prefix,))]
    return ALLOWED[max(matching, key=len)]


def test_every_module_imports_only_from_the_rooms_it_may_enter() -> None:
    own = (*ROOMS, "app", "pages_app", "embed_app", "tests", "benchmarks")
    wrong = [
        f"{module} imports {name}"
        for module, (_, tree) in sources().items()
        for name in imports_of(tree)
        if within(name, own) and not within(name, rule_for(module))
    ]
    assert wrong == []


def test_no_room_uses_a_library_that_is_not_its_business() -> None:
    wrong = [
        f"{module} imports {name}"
        for module, (_, tree) in sources().items()
        for room, banned in NEVER.items()
        if within(module, (room,))
        for name in imports_of(tree)
        if within(name, banned)
    ]
    assert wrong == []


def test_the_import_rule_sees_a_forbidden_import() -> None:
    assert "requests.get" in imports_of(ast.parse("def late():\n    from requests import get"))
    assert not within("data.metronome.client", rule_for("callbacks.panels"))
    assert not within("sandbox", rule_for("data.source"))


def functions() -> list[tuple[str, int]]:
    return [
        (f"{module}:{node.name}", (node.end_lineno or 0) - node.lineno + 1 - docstring_lines(node))
        for module, (_, tree) in sources().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def docstring_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    if ast.get_docstring(node) is None:
        return 0
    first = node.body[0]
    return (first.end_lineno or 0) - first.lineno + 1


def test_functions_stay_short() -> None:
    long = {name for name, lines in functions() if lines > MAX_FUNCTION}
    assert long == set(LONG_FUNCTIONS)


def test_modules_stay_short() -> None:
    long = {module for module, (path, _) in sources().items() if len(path.read_text().splitlines()) > MAX_MODULE}
    assert long == set(LONG_MODULES)


def test_callbacks_are_a_sentence() -> None:
    bodies = [
        (f"{module}:{node.name}", (node.body[-1].end_lineno or 0) - node.body[0].lineno + 1)
        for module, (_, tree) in sources().items()
        if within(module, ("callbacks",))
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and any("callback" in ast.unparse(mark) for mark in node.decorator_list)
    ]
    assert bodies
    assert [name for name, lines in bodies if lines > MAX_CALLBACK] == []


def test_the_environment_is_read_in_one_place() -> None:
    readers = {
        str(path.relative_to(ROOT))
        for path, tree in sources().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"} and ast.unparse(node.value) == "os"
    }
    assert readers == set(ENVIRONMENT_READERS)


def test_the_wall_clock_is_read_in_one_place() -> None:
    readers = {
        module
        for module, (_, tree) in sources().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and re.fullmatch(r"(datetime\.)?(datetime|date)\.(now|utcnow|today)|time\.time",
                                                       ast.unparse(node.func))
    }  # fmt: skip
    assert readers <= {"data.clock", "sandbox.__main__", "sandbox.moments", "sandbox.server"}
    assert "data.clock" in readers


def test_ids_are_spelled_in_one_place() -> None:
    from components import ids

    fixed = {value for name, value in vars(ids).items() if name.isupper() and "-" in value}
    offenders = [
        f"{module}: {node.value}"
        for module, (_, tree) in sources().items()
        if within(module, ("components", "callbacks")) and module != "components.ids"
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword | ast.Call)
        for node in ast.walk(node)
        if isinstance(node, ast.keyword) and node.arg == "id" and isinstance(node.value, ast.Constant)
        and node.value.value in fixed
    ]  # fmt: skip
    assert offenders == []


def test_the_client_only_reads() -> None:
    """POST is allowed for the documented reads alone; nothing writes, and no idempotency key is ever sent."""
    text = "\n".join(path.read_text() for path in (ROOT / "data" / "metronome").glob("*.py"))
    assert not re.search(r"\"(PUT|PATCH|DELETE)\"", text)
    assert not re.search(r"/(create|archive|ingest|void|regenerate|edit|update|addManualBalanceLedgerEntry)\b", text)
    assert not re.search(r"[\"']Idempotency-Key", text, re.I)


def tracked_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.parametrize(
    "pattern",
    [
        r"(?i)bearer\s+[A-Za-z0-9_-]{24,}",
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
        r"https?://(pypi\.org|files\.pythonhosted\.org|registry\.npmjs\.org|deb\.debian\.org)",
        r"(?m)^\s*(--)?(extra-)?index-url",
    ],
)
def test_no_secret_and_no_registry_address_is_in_the_repository(pattern: str) -> None:
    skipped = {"test_house_rules.py", "plotly-basic-4.1.1.min.js", "LICENSE"}
    texts = [path for path in tracked_files() if path.name not in skipped and path.suffix not in {".png", ".gz", ".br"}]
    assert [str(path) for path in texts if re.search(pattern, path.read_text(errors="replace"))] == []


def test_the_vendored_bundle_is_the_version_that_dash_expects() -> None:
    from plotly.offline import get_plotlyjs_version

    (bundle,) = (ROOT / "assets" / "vendor").glob("plotly-basic-*.min.js")
    assert f"v{get_plotlyjs_version()}" in bundle.read_text()[:200]
    assert bundle.name == f"plotly-basic-{get_plotlyjs_version()}.min.js"
    assert f"vendor/{bundle.name}" in (ROOT / "server" / "index.py").read_text()


def test_the_browser_writes_the_keys_that_the_server_reads() -> None:
    from data.filters import DEFAULT_PRESET, DEFAULT_TOP, KEYS, MAX_DAYS, TABLES, Filters

    script = (ROOT / "assets" / "url_state.js").read_text()
    listed = re.search(r"var KEYS = \[(.*?)\]", script, re.S)
    assert listed is not None
    assert tuple(re.findall(r"'(\w+)'", listed.group(1))) == KEYS
    plain = Filters()
    defaults = re.search(r"var DEFAULTS = \{(.*?)\}", script, re.S)
    assert defaults is not None
    assert dict(re.findall(r"(\w+): '(\w+)'", defaults.group(1))) == {
        "range": DEFAULT_PRESET, "view": plain.view, "chart": plain.chart, "top": str(DEFAULT_TOP), "window": "auto",
        "status": plain.status, "zero": "hide", "dashboard": plain.dashboard,
    }  # fmt: skip
    assert f"var MAX_DAYS = {MAX_DAYS};" in script
    assert re.findall(r"'(\w+)'", re.search(r"var TABLES = \[(.*?)\]", script).group(1)) == list(TABLES)  # type: ignore[union-attr]
