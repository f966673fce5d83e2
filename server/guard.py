"""Every route is denied unless its endpoint says what it needs (reliability-security design, 4.1 and S1), and every
denial leaves one line in the audit log, wherever it was decided (S38)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum

from flask import Flask, Response, has_request_context, request
from werkzeug.exceptions import MethodNotAllowed

from access import audit
from access.denied import Denied, Moved, Reason
from access.origin import SAFE
from data.pages import place_of
from data.scope import AccessDenied, Right, Scope
from server.identity import CROSSED, DENIED, SCOPE
from server.index import BUNDLES
from server.problems import problem, refusal

NOT_JSON = "Only application/json is read here."
_TOLD = "burnboard.denial_told"
_WORDS = {"days": Reason.DAYS, "account": Reason.ACCOUNT}


class Open(Enum):
    """What needs no scope: ``PUBLIC`` is answered to anybody; ``OWN`` checks whoever asks by itself."""

    PUBLIC = "public"
    OWN = "own"


Need = Right | Open
Needs = Mapping[str, Need]

FILES = ("usage_csv", "spend_csv", "commitments_csv", "ledger_csv", "invoices_csv", "line_items_csv", "proof_csv",
         "proof_json", "receipt_csv", "pdf")  # fmt: skip


def dash_needs(prefix: str, *, bundles: Need = Right.VIEW, page: Need = Right.VIEW) -> dict[str, Need]:
    """The endpoints that Dash makes under ``prefix``: ``bundles`` are its scripts and the assets, ``page`` the address
    behind which every page but the first is."""
    assets = prefix.replace("/", "_").replace(".", "_") + "dash_assets.static"
    scripts = "_dash-component-suites/<string:package_name>/<path:fingerprinted_path>"
    own = f"{BUNDLES}<fingerprinted_path>"
    rest = (
        "",
        "_favicon.ico",
        "_dash-layout",
        "_dash-dependencies",
        "_dash-update-component",
        "_reload-hash",
        "health",
    )
    return {
        assets: bundles,
        prefix + scripts: bundles,
        prefix + own: bundles,
        prefix + "<path:path>": page,
        **{prefix + name: Right.VIEW for name in rest},
    }


def needs_of_pages(prefix: str) -> dict[str, Need]:
    """What the app for those who sign in needs, route by route."""
    files = {f"download_{name}": Right.EXPORT for name in FILES}
    return {**dash_needs(prefix), **files, "mint_embed_link": Right.MINT_EMBED}


def current_scope() -> Scope:
    """Who asks, as it was decided for the request under way; raises ``AccessDenied`` where it was not."""
    scope = request.environ.get(SCOPE) if has_request_context() else None
    if not isinstance(scope, Scope):
        raise AccessDenied(Reason.UNDECIDED)
    return scope


def guard_routes(server: Flask, needs: Needs, *, home: str = "/") -> None:
    """Let each request through to what its endpoint needs, and to nothing else. To be set up before anything else that
    looks at a request; ``Identity`` has to be around ``server``."""

    def check() -> Response | None:
        try:
            _check(needs.get(request.endpoint or ""))
        except Moved as moved:
            return _moved(moved)
        except Denied as denied:
            return _answer(denied, home)
        return _only_json()

    def out_of_scope(error: AccessDenied) -> Response:
        note_denial(error)
        return refusal(error.status, error.sentence, home=home)

    def denied_later(error: Denied) -> Response:
        return _answer(error, home)

    server.before_request(check)
    server.after_request(_exported(needs))
    server.register_error_handler(AccessDenied, out_of_scope)
    server.register_error_handler(Denied, denied_later)


def note_denial(error: AccessDenied | Denied) -> None:
    """One line in the audit log for the request under way, however many of its parts were denied."""
    if request.environ.get(_TOLD):
        return
    request.environ[_TOLD] = True
    denied = error if isinstance(error, Denied) else _told(error)
    scope = request.environ.get(SCOPE)
    subject = denied.subject or (scope.subject if isinstance(scope, Scope) else "")
    audit.denied(
        denied.reason, subject=subject, customer=denied.customer or _customer(), status=denied.status, route=_route()
    )


def _check(need: Need | None) -> None:
    """Raise ``Denied`` unless the request may go on. Somebody who is known may learn that there is no such route."""
    if CROSSED in request.environ:
        raise request.environ[CROSSED]
    if isinstance(need, Open):
        _refuse_options()
        return
    if DENIED in request.environ:
        raise request.environ[DENIED]
    scope = request.environ.get(SCOPE)
    if not isinstance(scope, Scope):
        raise Denied(Reason.UNDECIDED)
    if need is None and request.endpoint is not None:
        raise Denied(Reason.UNCLASSIFIED)
    if need is not None and not scope.may(need):
        raise Denied(Reason.RIGHT)


def _refuse_options() -> None:
    """No page of another site is to ask whether it may: Flask would answer that for every route by itself."""
    if request.method == "OPTIONS":
        raise MethodNotAllowed(sorted((request.url_rule.methods or set()) - {"OPTIONS"}) if request.url_rule else None)


def _told(error: AccessDenied) -> Denied:
    """What a scope refused, by what it was asked: an account, a right, or something that a token does not open."""
    what = error.args[0] if error.args else ""
    if isinstance(what, Reason):
        return Denied(what)
    if isinstance(what, Right):
        return Denied(Reason.RIGHT)
    customer = audit.account(str(what))
    return Denied(Reason.ACCOUNT, customer=customer) if customer else Denied(_WORDS.get(str(what), Reason.PANEL))


def _answer(denied: Denied, home: str) -> Response:
    note_denial(denied)
    known = isinstance(request.environ.get(SCOPE), Scope)
    response = refusal(denied.status, denied.sentence, home=home if known else None)
    return told_how_to_go_on(denied, response)


def told_how_to_go_on(denied: Denied, response: Response) -> Response:
    """``response`` with what a client needs to try again: a credential, or a while."""
    if denied.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="Burnboard"'
    if denied.status == 503:
        response.headers["Retry-After"] = "5"
    return response


def _moved(moved: Moved) -> Response:
    response = Response("", 303)
    response.autocorrect_location_header = False
    response.headers["Location"] = moved.location
    response.headers["Set-Cookie"] = moved.cookie
    return response


def _only_json() -> Response | None:
    """415 for what a form of any site could send (S36). What has neither a body nor a type says nothing."""
    says_something = bool(request.content_type or request.content_length or "Transfer-Encoding" in request.headers)
    if request.method in SAFE or request.mimetype == "application/json" or not says_something:
        return None
    return problem(415, NOT_JSON)


def _customer() -> str:
    """The account that the address names, by a route of its own or as one of its pages."""
    args = request.view_args or {}
    place = place_of(str(args.get("path", "")))
    return place.customer_id if place else str(args.get("customer_id", ""))


def _route() -> str:
    """The rule that the address met, never the address."""
    return request.url_rule.rule if request.url_rule is not None else ""


def _exported(needs: Needs) -> Callable[[Response], Response]:
    """One line in the audit log for every file that was handed out."""

    def tell(response: Response) -> Response:
        is_file = needs.get(request.endpoint or "") is Right.EXPORT and request.method == "GET"
        if is_file and response.status_code == 200:
            scope, args = current_scope(), request.view_args or {}
            customer, invoice = (str(args.get(name, "")) for name in ("customer_id", "invoice_id"))
            file = str(request.endpoint)
            audit.exported(subject=scope.subject, customer=customer, file=file, kind=scope.kind, invoice=invoice)
        return response

    return tell
