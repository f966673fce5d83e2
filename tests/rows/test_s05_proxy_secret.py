"""S5: the proxy's secret, while one takes over from another, and the files that no start accepts."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from access.denied import Denied
from access.setup import Access
from data.settings import BadSetting
from tests.rows.behind import gate_of
from tests.rows.identities import ANA, OTHER_SECRET, SECRET, MovedClock, environ_of

TIMES = 50


def accepted(access: Access, secret: str | None) -> int:
    """How many of fifty requests with ``secret`` are let in."""
    sent = {"X_Forwarded_Email": ANA, **({} if secret is None else {"X_Proxy_Auth": secret})}
    found = 0
    for _ in range(TIMES):
        with suppress(Denied):
            access.page_gate().admit(environ_of(**sent))
            found += 1
    return found


def test_s05_both_secrets_open_while_both_are_in_the_file_and_no_other_ever(tmp_path: Path) -> None:
    clock = MovedClock()
    access, file = gate_of(tmp_path, clock), tmp_path / "secret"
    wrong = (None, "", "x" * 45, SECRET[:-1], SECRET + "x", SECRET.upper(), f"{SECRET}\t", f"{SECRET}, {SECRET}")
    assert [accepted(access, one) for one in (SECRET, OTHER_SECRET)] == [TIMES, 0]
    file.write_text(f"{SECRET}\n{OTHER_SECRET}\n")
    clock.move(1.0)
    assert [accepted(access, one) for one in (SECRET, OTHER_SECRET)] == [TIMES, TIMES]
    assert sum(accepted(access, one) for one in wrong) == 0
    file.write_text(f"{OTHER_SECRET}\n")
    clock.move(1.0)
    assert [accepted(access, one) for one in (SECRET, OTHER_SECRET)] == [0, TIMES]


@pytest.mark.parametrize("text", ["", "x" * 9, "x" * 31, f"{SECRET}\n{'y' * 31}",
                                  f"{SECRET}\n{OTHER_SECRET}\n{'z' * 40}",
                                  "ä" * 40])  # fmt: skip
def test_s05_a_file_with_anything_less_refuses_to_start(tmp_path: Path, text: str) -> None:
    bad = tmp_path / "bad"
    bad.write_text(text)
    with pytest.raises(BadSetting, match="BURNBOARD_PROXY_SECRET_FILE") as caught:
        gate_of(tmp_path, MovedClock(), BURNBOARD_PROXY_SECRET_FILE=str(bad))
    assert not [line for line in text.split() if line in str(caught.value)]


def test_s05_a_file_that_turns_bad_keeps_the_old_secret_for_a_while_and_then_nobody(tmp_path: Path) -> None:
    clock = MovedClock()
    access = gate_of(tmp_path, clock)
    (tmp_path / "secret").write_text("short")
    clock.move(1.0)
    assert accepted(access, SECRET) == TIMES
    assert access.problems() == ("proxy_secret",)
    clock.move(15 * 60 + 1)
    with pytest.raises(Denied) as caught:
        access.page_gate().admit(environ_of(X_Forwarded_Email=ANA, X_Proxy_Auth=SECRET))
    assert (caught.value.reason, caught.value.status) == ("no_valid_file", 503)
