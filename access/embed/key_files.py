"""Keys in files of their own: HMAC secrets as text, the others as PEM."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from access.strict import Wrong

MIN_SECRET_BYTES = 32
MAX_FILE_BYTES = 16 * 1024

PublicKey = EllipticCurvePublicKey | Ed25519PublicKey
PrivateKey = EllipticCurvePrivateKey | Ed25519PrivateKey


class Algorithm(StrEnum):
    HS256 = "HS256"
    ES256 = "ES256"
    EDDSA = "EdDSA"


def read_secret(raw: bytes, where: str) -> bytes:
    """The bytes of an HMAC secret: the file without white space around it, at least 32 bytes (finding 15: PyJWT only
    warns of shorter ones)."""
    secret = raw.strip()
    if len(secret) < MIN_SECRET_BYTES:
        raise Wrong(f"{where} should hold at least {MIN_SECRET_BYTES} bytes")
    if secret.startswith((b"-----BEGIN ", b"ssh-")):
        raise Wrong(f"{where} should hold a secret, not a key of another kind")
    return secret


def read_public(algorithm: Algorithm, raw: bytes, where: str) -> PublicKey:
    try:
        key = load_pem_public_key(raw)
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if algorithm is Algorithm.ES256 and isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
        return key
    if algorithm is Algorithm.EDDSA and isinstance(key, Ed25519PublicKey):
        return key
    raise Wrong(f"{where} should hold a public key in PEM, of the kind that {algorithm} uses")


def read_signing(algorithm: Algorithm, public: PublicKey, raw: bytes, where: str) -> PrivateKey:
    """The private half of ``public``."""
    try:
        key = load_pem_private_key(raw, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if isinstance(key, EllipticCurvePrivateKey | Ed25519PrivateKey) and key.public_key() == public:
        return key
    raise Wrong(f"{where} should hold the private half of public_key_file, in PEM and without a password ({algorithm})")


def material_mark(verifying: bytes | PublicKey) -> bytes:
    """What two records with the same key have in common; says nothing about the key."""
    raw = verifying if isinstance(verifying, bytes) else verifying.public_bytes(
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    )  # fmt: skip
    return hashlib.sha256(raw).digest()


def read_file(path: Path, where: str) -> bytes:
    """What a file of a key holds; raises ``Wrong``."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError):
        raise Wrong(f"{where} should name a file that can be read") from None
    if len(raw) > MAX_FILE_BYTES:
        raise Wrong(f"{where} names a file that is too large for a key")
    return raw
