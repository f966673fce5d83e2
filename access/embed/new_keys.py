"""New keys: their files, readable by their owner alone, and the records to put into the ring or the issuers' file."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from access.embed.issuers import digest_of, new_issuer_key
from access.embed.key_files import Algorithm, PrivateKey
from access.embed.keys import Key, kid_at, parse_ring

SECRET_BYTES = 48


def new_key(
    kid: str,
    algorithm: Algorithm,
    folder: Path,
    *,
    customers: Sequence[str],
    dashboards: Sequence[str],
    origins: Sequence[str],
) -> str:
    """Write the files of a new key into ``folder`` and give its record, indented as it stands under ``keys:``. Raises
    ``ValueError`` for what no record can say, and where there is such a key; then nothing is written."""
    kid_at(kid, "kid")
    files = _secret(kid) if algorithm is Algorithm.HS256 else _pair(kid, algorithm)
    record = {
        "alg": algorithm.value,
        **{member: name for member, (name, _) in files.items()},
        "status": "active",
        "customers": _some_or_all(customers),
        "dashboards": _some_or_all(dashboards),
        "origins": list(origins),
    }
    _write_all({folder / name: content for name, content in files.values()}, kid, record)
    return _record(kid, record)


def _write_all(files: Mapping[Path, bytes], kid: str, record: dict[str, Any]) -> None:
    """All of ``files``, or none where the app could not read what comes of it."""
    if any(path.exists() for path in files):
        raise ValueError("There is a key of this id already; a new one needs another.")
    for path, content in files.items():
        _write(path, content)
    try:
        _as_read(kid, record, next(iter(files)).parent)
    except ValueError:
        for path in files:
            path.unlink()
        raise


def new_issuer(name: str, *, kid: str, customers: Sequence[str], dashboards: Sequence[str]) -> tuple[str, str]:
    """A bearer key, which is kept nowhere, and its record, indented as it stands under ``issuers:``."""
    key = new_issuer_key()
    record = {
        "sha256": digest_of(key),
        "kid": kid,
        "customers": _some_or_all(customers),
        "dashboards": _some_or_all(dashboards),
    }
    return key, _record(name, record)


def _secret(kid: str) -> dict[str, tuple[str, bytes]]:
    return {"secret_file": (f"{kid}.key", secrets.token_urlsafe(SECRET_BYTES).encode())}


def _pair(kid: str, algorithm: Algorithm) -> dict[str, tuple[str, bytes]]:
    key: PrivateKey = (
        generate_private_key(SECP256R1()) if algorithm is Algorithm.ES256 else Ed25519PrivateKey.generate()
    )
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return {
        "public_key_file": (f"{kid}.public.pem", public),
        "private_key_file": (f"{kid}.private.pem", private),
    }


def _write(path: Path, content: bytes) -> None:
    """Never over a file that is there: it may be a key in use."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)


def _as_read(kid: str, record: dict[str, Any], folder: Path) -> Key:
    raw = yaml.safe_dump({"version": 1, "keys": {kid: record}}).encode()
    return parse_ring(raw, folder / "ring.yaml").keys[kid]


def _some_or_all(names: Sequence[str]) -> list[str] | str:
    return "all" if list(names) == ["all"] else list(names)


def _record(name: str, record: dict[str, Any]) -> str:
    text: str = yaml.safe_dump({name: record}, sort_keys=False, default_flow_style=None, width=1000)
    return "".join(f"  {line}\n" for line in text.splitlines())
