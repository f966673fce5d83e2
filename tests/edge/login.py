"""What oauth2-proxy is to nginx, in the test process: answers ``auth_request`` by the cookie ``who``; no password."""

from __future__ import annotations

from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import quote, unquote

COOKIE = "who"
SIGN_IN = b"<!doctype html><title>Sign in</title><link rel=icon href=data:,><p>Please sign in."


def cookie_for(email: str, groups: tuple[str, ...] = ()) -> str:
    """The value of the login cookie of somebody."""
    return quote("|".join((email, *groups)), safe="")


class Login:
    """Running from construction to ``stop``. ``always``: whoever asks is this one, cookie or not ("" is nobody in
    particular: the answer is yes without a name). ``renews``: a cookie that it sets with each yes; ``bearer``: an ID
    token that it tells with each. ``asked``: headers of each question, names in lower case."""

    def __init__(self) -> None:
        self.always: str | None = None
        self.renews = self.bearer = ""
        self.asked: list[dict[str, str]] = []
        login = self

        class Handler(_Handler):
            owner = login

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), name="login", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def who(self, cookies: str) -> tuple[str, ...] | None:
        """The person behind the cookies and their groups; None without a login."""
        if self.always is not None:
            return (self.always,)
        found = SimpleCookie(cookies).get(COOKIE)
        return tuple(unquote(found.value).split("|")) if found else None


class _Handler(BaseHTTPRequestHandler):
    owner: Login
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        if self.path.startswith("/oauth2/auth"):
            self.owner.asked.append({name.lower(): value for name, value in self.headers.items()})
            self._allow_or_not()
        elif self.path.startswith("/oauth2/start"):
            back = quote(self.headers.get("X-Auth-Request-Redirect", ""))
            self._send(302, {"Location": f"/oauth2/sign_in?then={back}"})
        else:
            self._send(200, {"Content-Type": "text/html"}, SIGN_IN)

    def _allow_or_not(self) -> None:
        who = self.owner.who(self.headers.get("Cookie", ""))
        if who is None:
            self._send(401, {})
        else:
            told = {"X-Auth-Request-Email": who[0], "X-Auth-Request-Groups": ",".join(who[1:])}
            renewed = {"Set-Cookie": self.owner.renews} if self.owner.renews else {}
            signed = {"Authorization": f"Bearer {self.owner.bearer}"} if self.owner.bearer else {}
            self._send(202, {**told, **renewed, **signed})

    def _send(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        self.send_response_only(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return
