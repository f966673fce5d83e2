"""The shipped nginx sample with nothing but its paths, ports and names replaced: the tests start what is shipped."""

from __future__ import annotations

import getpass
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SAMPLE, INCLUDE = ROOT / "deploy" / "nginx.conf", ROOT / "deploy" / "burnboard_proxy.inc"
SHIPPED_PREFIX = "/billing/"
# Everything that happened, for the rows about logs: the shipped format leaves out what this one tells.
FULL_LOG = (
    '    log_format full escape=none \'$remote_addr "$request" $status "$http_referer" "$http_user_agent" '
    '"$http_cookie" "$args" "$uri" "$sent_http_location" "$upstream_http_x_request_id"\';\n'
    "    access_log {folder}/logs/full.log full;\n"
)


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where the parts of one edge are: its folder, its ports, and the upstream addresses of the app."""

    folder: Path
    port: int
    login_port: int
    apps: tuple[str, ...]
    prefix: str


def write_config(
    places: Places, secret: str, *, add: str = "", beside: str = "", edit: Callable[[str], str] = lambda text: text
) -> Path:
    """The configuration in the edge's folder. ``add``: further locations, for tests of what a careless one does;
    ``beside``: further servers; ``edit``: what a page of the documentation tells people to change in both files."""
    folder = places.folder
    for name in ("logs", "cache", "run"):
        (folder / name).mkdir(exist_ok=True)
    (folder / "proxy_secret.inc").write_text(f'proxy_set_header X-Proxy-Auth "{secret}";\n')
    (folder / "burnboard_proxy.inc").write_text(_moved(edit(INCLUDE.read_text()), places))
    text = _moved(edit(SAMPLE.read_text()), places)
    before = "    client_header_timeout"
    text = _once(text, before, FULL_LOG.replace("{folder}", str(folder)) + beside + before)
    text = _once(text, "        location / { return 404; }", "        location / { return 404; }\n" + add)
    config = folder / "nginx.conf"
    config.write_text(text)
    return config


def locations(text: str | None = None) -> list[tuple[str, str]]:
    """Every location of the sample: its address as written, and its body."""
    found = re.findall(r"^ {8}location ([^{]+?) \{(.*?)(?: \}$|^ {8}\}$)", text or SAMPLE.read_text(), re.M | re.S)
    return [(address, body) for address, body in found]


def _moved(text: str, places: Places) -> str:
    """``text`` with the paths, ports and names of this edge."""
    if places.prefix == "/":
        raise ValueError("The sample shows the app below a path; at the root there is nothing to put before it.")
    text = re.sub(r" +server unix:/run/burnboard/app-2\.sock.*\n", "", text) if len(places.apps) == 1 else text
    for at, address in enumerate(places.apps, 1):
        text = text.replace(f"unix:/run/burnboard/app-{at}.sock", address)
    replaced = {
        "user www-data;": f"user {getpass.getuser()};",
        "worker_processes auto;": "worker_processes 2;",
        "/run/nginx.pid": f"{places.folder}/run/nginx.pid",
        "/var/log/nginx/": f"{places.folder}/logs/",
        "/var/cache/nginx/": f"{places.folder}/cache/",
        "/etc/burnboard/": f"{places.folder}/",
        "listen 8080": f"listen 127.0.0.1:{places.port}",
        "listen 8443": f"listen 127.0.0.1:{places.port}",
        "server_name billing.example.com": "server_name 127.0.0.1 localhost",
        "127.0.0.1:4180": f"127.0.0.1:{places.login_port}",
        "rate=100r/s": "rate=10000r/s",  # a test asks all day from one address, as the app's own limits here allow
        SHIPPED_PREFIX.rstrip("/"): places.prefix.rstrip("/"),
    }
    for shipped, here in replaced.items():
        text = text.replace(shipped, here)
    return text


def _once(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, f"{old!r} is in the sample {text.count(old)} times"
    return text.replace(old, new)
