"""How the API says no: v1 answers ``{message}``, v2 adds a ``code`` (section 1.3 of the Metronome notes)."""

from __future__ import annotations


class Refusal(Exception):
    """An error answer. ``code`` is sent by v2 endpoints only."""

    def __init__(self, status: int, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code

    @property
    def body(self) -> dict[str, str]:
        return {"message": self.message} | ({"code": self.code} if self.code else {})


def bad(message: str) -> Refusal:
    return Refusal(400, message, "BadRequest")


def unknown(what: str) -> Refusal:
    return Refusal(404, f"{what} not found", f"{what}NotFound")
