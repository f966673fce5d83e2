"""The page that stands where Metronome's own dashboard would be: whose it is, which one, and what it was asked with.

Drawn in the colours that were asked for; its shapes stand for rows and bars and show no figure. What it was asked with
travels in the token of its address, as the real address carries its own credential.
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from sandbox.ids import ident

ASKED = ("dashboard_options", "color_overrides", "bm_group_key_overrides")
WORDS = {
    "invoices": "Invoices",
    "usage": "Usage",
    "commits_and_credits": "Commits and credits",
    "credits": "Credits",
}
# What Metronome's dashboards look like until somebody asks for other colours; not its exact ones, which are not public.
COLOURS = {
    "Gray_dark": "#1f2430", "Gray_medium": "#626a78", "Gray_light": "#d5d9e0", "Gray_extralight": "#f3f5f8",
    "White": "#ffffff", "Primary_medium": "#3b5bdb", "Primary_light": "#dbe4ff", "Primary_green": "#2f9e44",
    "Primary_red": "#c92a2a", "Progress_bar": "#3b5bdb", "Progress_bar_background": "#dbe4ff",
}  # fmt: skip
LINES = ("#3b5bdb", "#0c8599", "#2f9e44", "#e8590c", "#9c36b5", "#c2255c", "#f08c00", "#66a80f", "#1098ad", "#862e9c")
HEIGHTS = (38, 52, 47, 61, 74, 58, 66, 83, 71, 92, 64, 78, 88, 57)
NOTHING = " It was asked for with no options, colours or names."
_HEX = re.compile(r"#(?:[0-9A-Fa-f]{3}){1,2}\Z")

_STYLE = """
*{box-sizing:border-box}body{margin:0;padding:24px;font:14px/1.5 system-ui,sans-serif;background:var(--White);color:var(--Gray_dark)}
h1{margin:0;font-size:20px;line-height:1.3;overflow-wrap:anywhere}h2{margin:28px 0 8px;font-size:14px}p{margin:2px 0 0;color:var(--Gray_medium);overflow-wrap:anywhere}
h1+p{display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:3;overflow:hidden}
figure{margin:20px 0 12px;padding:16px;border:1px solid var(--Gray_light);border-radius:8px}
.bars{display:flex;align-items:flex-end;gap:5px;height:150px}.bars i{flex:1;display:flex;flex-direction:column;min-width:0}.bars b{display:block}
.row{display:flex;align-items:center;gap:12px;padding:11px 0;border-top:1px solid var(--Gray_light)}.row:first-child{border:0}
.row b{height:9px;border-radius:5px;background:var(--Gray_light)}.row b:last-child{margin-left:auto}.row i{width:46px;height:18px;border-radius:9px;background:var(--Primary_light)}
.meter{height:12px;margin:8px 0 18px;border-radius:6px;background:var(--Progress_bar_background)}.meter i{display:block;height:100%;border-radius:6px;background:var(--Progress_bar)}
table{width:100%;border-collapse:collapse}td{padding:5px 8px 5px 0;border-top:1px solid var(--Gray_light);vertical-align:top;overflow-wrap:anywhere}td:first-child{width:42%;color:var(--Gray_medium)}
s{display:inline-block;width:12px;height:12px;margin-right:7px;border:1px solid var(--Gray_light);border-radius:3px;vertical-align:-1px}
"""  # noqa: E501  # a style sheet


def token_for(customer_id: str, dashboard: str, asked: Mapping[str, Any]) -> str:
    """A credential that says what the page was asked with."""
    kept = {name: asked[name] for name in ASKED if asked.get(name)}
    told = urlsafe_b64encode(json.dumps(kept, separators=(",", ":")).encode()).decode().rstrip("=")
    return f"{ident('embed', customer_id, dashboard).replace('-', '')}.{told}"


def asked_with(token: str) -> dict[str, list[dict[str, Any]]]:
    """What ``token`` says, nothing where it says nothing that can be read."""
    told = token.partition(".")[2]
    try:
        kept = json.loads(urlsafe_b64decode(told + "=" * (-len(told) % 4)))
    except ValueError:
        return {}
    return kept if isinstance(kept, dict) else {}


def stub_page(customer_name: str, dashboard: str, token: str = "") -> str:
    """The whole page. Names and values come from others and are escaped; a colour that is none changes nothing."""
    asked = asked_with(token)
    colours = _colours(asked.get("color_overrides", []))
    name, title = escape(customer_name), WORDS.get(dashboard, escape(dashboard))
    variables = "".join(f"--{key}:{value};" for key, value in colours.items())
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title} of {name}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>:root{{{variables}}}{_STYLE}</style></head><body><h1>{title}</h1><p>{name}</p>"
        f'<figure aria-hidden="true">{_shapes(dashboard)}</figure>'
        f"<p>This stands where Metronome's own dashboard would be.{'' if asked else NOTHING}</p>"
        f"{_told(asked)}</body></html>"
    )


def _colours(overrides: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    known = {**COLOURS, **{f"UsageLine_{number}": colour for number, colour in enumerate(LINES)}}
    asked = {one["name"]: one.get("value", "") for one in overrides if one.get("name") in known}
    return known | {name: value for name, value in asked.items() if _HEX.match(value)}


def _shapes(dashboard: str) -> str:
    if dashboard == "usage":
        return f'<div class="bars">{"".join(map(_bar, HEIGHTS))}</div>'
    if dashboard == "invoices":
        return "".join(
            f'<div class="row"><b style="width:{width}%"></b><i></i><b style="width:9%"></b></div>'
            for width in (22, 31, 26, 29, 24)
        )
    return "".join(f'<div class="meter"><i style="width:{share}%"></i></div>' for share in (64, 38, 91))


def _bar(height: int) -> str:
    parts = ((0, 0.5), (1, 0.3), (2, 0.2))
    stack = "".join(
        f'<b style="height:{height * share * 1.5:.0f}px;background:var(--UsageLine_{line})"></b>'
        for line, share in reversed(parts)
    )
    return f"<i>{stack}</i>"


def _told(asked: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    options = [(one["key"], escape(one["value"])) for one in asked.get("dashboard_options", [])]
    colours = [(one["name"], _swatch(one.get("value", ""))) for one in asked.get("color_overrides", [])]
    keys = [(one["group_key_name"], _names(one)) for one in asked.get("bm_group_key_overrides", [])]
    return _table("Options", options) + _table("Colours", colours) + _table("Group keys", keys)


def _swatch(value: str) -> str:
    block = f'<s style="background:{value}"></s>' if _HEX.match(value) else ""
    return block + escape(value)


def _names(override: Mapping[str, Any]) -> str:
    values = override.get("value_display_names", {})
    told = [override.get("display_name", ""), *(f"{raw} → {shown}" for raw, shown in values.items())]
    return escape(" · ".join(text for text in told if text))


def _table(title: str, rows: Sequence[tuple[str, str]]) -> str:
    """Rows of a name, which is escaped here, and of markup."""
    if not rows:
        return ""
    cells = "".join(f"<tr><td>{escape(name)}</td><td>{value}</td></tr>" for name, value in rows)
    return f"<h2>{title}</h2><table>{cells}</table>"
