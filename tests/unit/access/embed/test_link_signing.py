"""The function that a host copies: it needs nothing of this app, and what it signs opens."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from access.embed import link_signing
from access.embed.link_signing import LinkTooLarge, sign_link
from tests.embeds import NOON, PUBLIC, A, HandClock, Ring

SOURCE = Path(link_signing.__file__)
HOST = """
from pathlib import Path
from links import sign_link

url = sign_link(
    Path("key").read_bytes(), algorithm="{alg}", kid="k1", public_url="{public}", customer_id="{customer}",
    dashboard="usage", options={{"export": True}}, more={{"sub": "viewer-7"}}, clock=lambda: {now},
)
print(url)
"""


def test_it_imports_nothing_of_this_app() -> None:
    tree = ast.parse(SOURCE.read_text())
    modules = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    modules |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert {name.split(".")[0] for name in modules} <= {
        "__future__",
        "collections",
        "json",
        "jwt",
        "secrets",
        "time",
        "typing",
    }


@pytest.mark.parametrize("alg", ["HS256", "ES256", "EdDSA"])
def test_a_copy_of_it_signs_what_the_app_opens(tmp_path: Path, alg: str) -> None:
    ring = Ring(tmp_path).add("k1", alg)
    shutil.copy(SOURCE, tmp_path / "links.py")
    (tmp_path / "key").write_bytes(ring.private["k1"])
    (tmp_path / "host.py").write_text(HOST.format(alg=alg, public=PUBLIC, customer=A, now=NOON.timestamp()))
    url = subprocess.run(
        [sys.executable, "host.py"],
        cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60,
    ).stdout.strip()  # fmt: skip
    page, _, token = url.partition("#t=")
    assert page == f"{PUBLIC}embed/k1/usage"
    assert ring.open(HandClock()).exchange("k1", "usage", token, public_url=PUBLIC).export


def test_a_link_that_nobody_would_read_is_not_signed() -> None:
    with pytest.raises(LinkTooLarge, match="4 KB"):
        sign_link(
            b"x" * 32, algorithm="HS256", kid="k1", public_url=PUBLIC, customer_id=A, dashboard="usage",
            options={"group_names": {"region": {"name": "x" * 4000}}},
        )  # fmt: skip
