"""The whole edge on this machine: the shipped nginx sample, the app as a process of its own behind it, a login that
knows people by a cookie, a sandbox as the API, and Redis where it is asked for. Loopback and Unix sockets only.

    with running_edge(tmp_path) as edge:
        edge.as_user("ana@acme.example").get(edge.url)
"""

from __future__ import annotations

import http.client
import json
import re
import secrets
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import requests

from access.embed.issuers import digest_of, new_issuer_key
from access.embed.link_signing import sign_link
from sandbox.server import Sandbox, running_sandbox
from tests.conftest import NOW
from tests.edge.login import COOKIE, Login, cookie_for
from tests.edge.processes import Process, Processes, free_port, kill, listens, need
from tests.edge.shipped import Places, write_config

PATIENCE = 60.0
TOKEN = "edge-token"
KID, PARENT = "k1", "http://localhost:9"  # the key, and the page that may frame its embeds, of the ring below
POLICY = """\
version: 1
groups:
  everyone: {all_customers: true, can: [view, export, mint_embed]}
users:
  ana@acme.example: {groups: [everyone]}
"""
KEYS = f"""\
version: 1
keys:
  {KID}:
    {{alg: HS256, secret_file: {KID}.secret, status: active, customers: all, dashboards: all, origins: ["{PARENT}"]}}
"""


@dataclass
class Replica:
    """One process of the app: ``pid`` is that of the parent, which has the workers as children. ``metrics_port``: where
    it shows its numbers."""

    at: int
    address: str
    metrics_port: int
    process: Process

    @property
    def pid(self) -> int:
        return self.process.pid

    def connect(self) -> socket.socket:
        """A connection past nginx, straight to the app."""
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(10)
        try:
            connection.connect(self.address.removeprefix("unix:"))
        except OSError:
            connection.close()
            raise
        return connection

    def ask(
        self, path: str, *, json_body: object = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        """Status and body of a GET past nginx, or of a POST of ``json_body``."""
        asking = http.client.HTTPConnection("127.0.0.1", timeout=30)
        asking.sock = self.connect()
        sent = {**(headers or {}), **({} if json_body is None else {"Content-Type": "application/json"})}
        try:
            body = None if json_body is None else json.dumps(json_body)
            asking.request("GET" if body is None else "POST", path, body, sent)
            answer = asking.getresponse()
            return answer.status, answer.read()
        finally:
            asking.close()


@dataclass(kw_only=True)
class Edge:
    """``url`` ends with the prefix. ``folder`` holds what was made up: policy, keys, secrets, ``logs/``."""

    folder: Path
    sandbox: Sandbox
    login: Login
    places: Places
    processes: Processes
    secret: str = field(default_factory=lambda: secrets.token_hex(32), repr=False)
    issuer_key: str = field(default_factory=new_issuer_key, repr=False)
    settings: dict[str, str] = field(default_factory=dict, repr=False)
    replicas: list[Replica] = field(default_factory=list)
    redis_url: str | None = None
    scheme: str = "http"
    nginx: Process | None = None

    @property
    def origin(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.places.port}"

    @property
    def prefix(self) -> str:
        return self.places.prefix

    @property
    def url(self) -> str:
        return self.origin + self.prefix

    def as_user(self, email: str, *groups: str) -> requests.Session:
        """A browser's session of somebody who signed in."""
        session = self.as_nobody()
        session.headers["Cookie"] = f"{COOKIE}={cookie_for(email, groups)}"
        return session

    def as_nobody(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = False
        return session

    def link(self, customer_id: str, dashboard: str, *, kid: str = KID, **more: Any) -> str:
        """The address of an embed, signed as a host does; ``more`` as ``sign_link`` takes it."""
        secret = (self.folder / f"{kid}.secret").read_bytes().strip()
        wanted = {"public_url": self.url, **more}
        return sign_link(secret, algorithm="HS256", kid=kid, customer_id=customer_id, dashboard=dashboard, **wanted)

    def open(self, link: str) -> requests.Response:
        """What the frame's script does first: the link's token for a session."""
        address, _, token = link.partition("#t=")
        return self.as_nobody().post(f"{address}/session", json={"token": token}, timeout=PATIENCE)

    def logs(self) -> str:
        """Everything that nginx and the replicas wrote so far."""
        files = sorted((self.folder / "logs").iterdir())
        return "".join(f"--- {path.name}\n{path.read_text(errors='replace')}" for path in files)

    def app_lines(self, at: int | None = None) -> list[dict[str, Any]]:
        """The JSON lines that the replicas, or number ``at``, logged so far."""
        numbers = [at] if at else range(1, len(self.places.apps) + 1)
        texts = [(self.folder / "logs" / f"app-{one}.log").read_text() for one in numbers]
        return [json.loads(line) for text in texts for line in text.splitlines() if line.startswith("{")]

    def nginx_lines(self) -> list[dict[str, str]]:
        """nginx's own access log, in the shipped form."""
        return [json.loads(line) for line in (self.folder / "logs" / "access.log").read_text().splitlines()]

    def start_replica(self, at: int) -> Replica:
        """Replica number ``at`` (from 1), as it was started first; answering once this returns."""
        replica = self.launch(at)
        until(lambda: _answers(replica, self), f"replica {at} answers", self)
        return replica

    def launch(self, at: int) -> Replica:
        """Start replica number ``at``, and do not wait for it."""
        address = self.places.apps[at - 1]
        port = free_port()
        own = {"BURNBOARD_SOCKET": address.removeprefix("unix:"), "BURNBOARD_METRICS_PORT": str(port)}
        process = self.processes.start(sys.executable, "app.py", name=f"app-{at}", env=own | self.settings)
        replica = Replica(at, address, port, process)
        self.replicas[at - 1 : at] = [replica]
        return replica

    def start_redis(self, port: int) -> None:
        """Redis on ``port``, remembering nothing; a second time after it was stopped, too."""
        quiet = ("--save", "", "--appendonly", "no", "--dir", str(self.folder))
        self.processes.start(need("redis-server"), "--bind", "127.0.0.1", "--port", str(port), *quiet, name="redis")
        until(lambda: listens(port), "Redis answers", self)
        self.redis_url = f"redis://127.0.0.1:{port}/0"

    def kill_replica(self, at: int) -> None:
        """As when a machine is gone: parent and workers at once, nothing said."""
        kill(self.replicas[at - 1].process)


@contextmanager
def running_edge(
    tmp_path: Path,
    *,
    mode: str = "proxy+embed",
    prefix: str = "/billing/",
    replicas: int = 1,
    redis: bool = False,
    policy: str = POLICY,
    keys: str = KEYS,
    api: Sandbox | None = None,
    now: str | None = NOW,
    add: str = "",
    beside: Callable[[Places], str] = lambda _: "",
    edit: Callable[[str], str] = lambda text: text,
    scheme: str = "http",
    env: Mapping[str, Any] | None = None,
) -> Iterator[Edge]:
    """The edge for the length of a ``with`` block. ``keys``: the key ring, its ``secret_file`` names relative to the
    edge's folder. ``now``: where the clock of the data stands, None for the wall clock. ``add``: further nginx
    locations; ``beside``: further nginx servers; ``edit``: what to change in nginx's files, and ``scheme`` what it then
    speaks. ``env``: further settings of the app; None takes one away."""
    with ExitStack() as ending:
        moment = datetime.fromisoformat(now) if now else None
        sandbox = api or ending.enter_context(running_sandbox(now=moment, strict=True))
        login = Login()
        ending.callback(login.stop)
        places = Places(
            folder=tmp_path,
            port=free_port(),
            login_port=login.port,
            apps=_addresses(replicas, ending),
            prefix=prefix,
        )
        (tmp_path / "logs").mkdir()
        processes = ending.enter_context(Processes(tmp_path / "logs"))
        edge = Edge(folder=tmp_path, sandbox=sandbox, login=login, places=places, processes=processes, scheme=scheme)
        if redis:
            edge.start_redis(free_port())
        edge.settings = _settings(edge, mode, policy, keys, now) | dict(env or {})
        edge.settings = {name: value for name, value in edge.settings.items() if value is not None}
        config = write_config(places, edge.secret, add=add, beside=beside(places), edit=edit)
        for at in range(1, replicas + 1):
            edge.launch(at)
        edge.nginx = processes.start(need("nginx"), "-c", str(config), "-g", "daemon off;", name="nginx")
        until(lambda: _nginx_listens(edge), "nginx answers", edge)
        for replica in edge.replicas:
            until(lambda replica=replica: _answers(replica, edge), f"replica {replica.at} answers", edge)
        yield edge


def until(condition: Callable[[], object], what: str, edge: Edge | None = None, patience: float = PATIENCE) -> None:
    """Wait for ``condition``; an error with the logs when it never comes."""
    end = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < end, f"It never came that {what}.\n" + (edge.logs() if edge else "")
        time.sleep(0.05)


def _settings(edge: Edge, mode: str, policy: str, keys: str, now: str | None) -> dict[str, str]:
    """The environment of the app, once the files that it names are there."""
    scratch = edge.folder / "tmp"
    scratch.mkdir(exist_ok=True)
    settings = {
        "TMPDIR": str(scratch),
        "METRONOME_BEARER_TOKEN": TOKEN,
        "METRONOME_BASE_URL": edge.sandbox.url,
        "BURNBOARD_PATH_PREFIX": edge.prefix,
        "BURNBOARD_NOW": now or "",
        "BURNBOARD_UPSTREAM_RPS": "1000",
        "BURNBOARD_UPSTREAM_BURST": "1000",
        "BURNBOARD_VIEWER_RATE": "1000",
        "BURNBOARD_EMBED_RATE": "1000",
    }
    write_keys(edge, policy=policy, keys=keys)
    settings |= {"BURNBOARD_AUTH": mode, "BURNBOARD_PUBLIC_URL": edge.url, "BURNBOARD_CACHE_URL": edge.redis_url or ""}
    proxy = {
        "BURNBOARD_IDENTITY": "plain",
        "BURNBOARD_IDENTITY_HEADER": "x-auth-request",
        "BURNBOARD_PROXY_SECRET_FILE": f"{edge.folder}/proxy_secret",
        "BURNBOARD_POLICY_FILE": f"{edge.folder}/policy.yaml",
    }
    embed = {
        "BURNBOARD_EMBED_KEYS_FILE": f"{edge.folder}/embed_keys.yaml",
        "BURNBOARD_ISSUER_KEYS_FILE": f"{edge.folder}/issuer_keys.yaml",
        "BURNBOARD_SESSION_KEY_FILE": f"{edge.folder}/session_key",
    }
    return settings | (proxy if "proxy" in mode else {}) | (embed if "embed" in mode else {})


def write_keys(edge: Edge, *, policy: str, keys: str) -> None:
    """Policy, key ring, and every secret that is named; one that is there already stays."""
    first = re.search(r"^  ([\w.-]+):", keys, re.M)
    kid = first[1] if first else KID
    issuer = f"{{sha256: {digest_of(edge.issuer_key)}, kid: {kid}, customers: all, dashboards: all}}"
    made = {
        "policy.yaml": policy,
        "embed_keys.yaml": keys,
        "issuer_keys.yaml": f"version: 1\nissuers:\n  portal: {issuer}\n",
        "proxy_secret": edge.secret + "\n",
    }
    for name in ("session_key", *re.findall(r"secret_file: ([^\s,}]+)", keys)):
        if not (edge.folder / name).exists():
            made[name] = secrets.token_hex(32) + "\n"
    for name, text in made.items():
        replace_file(edge.folder / name, text)


def replace_file(path: Path, text: str) -> None:
    """As careful people write files that are being watched: whole, under another name, and then moved."""
    beside = path.with_name(path.name + ".new")
    beside.write_text(text)
    beside.chmod(0o600)
    beside.replace(path)


def _addresses(replicas: int, ending: ExitStack) -> tuple[str, ...]:
    """Where the replicas listen. A socket's path can have a hundred letters, too few for where pytest keeps things."""
    folder = tempfile.mkdtemp(prefix="burnboard-")
    ending.callback(shutil.rmtree, folder, ignore_errors=True)
    return tuple(f"unix:{folder}/app-{at}.sock" for at in range(1, replicas + 1))


def _nginx_listens(edge: Edge) -> bool:
    assert edge.nginx is not None
    assert edge.nginx.poll() is None, edge.logs()
    return listens(edge.places.port)


def _answers(replica: Replica, edge: Edge) -> bool:
    assert replica.process.poll() is None, edge.logs()
    try:
        return replica.ask(f"{edge.prefix}readyz")[0] == 200
    except (OSError, http.client.HTTPException):
        return False
