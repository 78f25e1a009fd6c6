"""Password verification with the 12c verifier (type 0x4815): both sides prove that they know the
password's hash.

The server keeps ``H = SHA512(PBKDF2(password, salt) || salt)[:32]`` and sends a random A encrypted
under H; the client answers with its own B encrypted under H and the password encrypted under a key
derived from A and B.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from lab.oracle.interface import OracleError, Verifier
from lab.oracle.wire.buffer import ProtocolError, Reader, text, ub
from lab.oracle.wire.constants import MAX_OPEN_CURSORS, VERIFIER_12C, Message

VGEN_COUNT = 4096
SDER_COUNT = 3
KEY_SIZE = 32
SALT_SIZE = 16
_SPEEDY_KEY = b"AUTH_PBKDF2_SPEEDY_KEY"
_MAX_PAIRS = 256
_CONTEXT_KEYS = ("AUTH_APPCTX_NSPACE", "AUTH_APPCTX_ATTR", "AUTH_APPCTX_VALUE")


def derive_verifier(password: str, salt: bytes | None = None) -> Verifier:
    """The verifier to store for a password; ``salt`` (16 bytes) is random when not given."""
    salt = secrets.token_bytes(SALT_SIZE) if salt is None else salt
    return Verifier(salt, _password_key(password.encode(), salt))


def _password_key(password: bytes, salt: bytes) -> bytes:
    speedy = hashlib.pbkdf2_hmac("sha512", password, salt + _SPEEDY_KEY, VGEN_COUNT, 64)
    return hashlib.sha512(speedy + salt).digest()[:KEY_SIZE]


def decoy_verifier(user: str, secret: bytes) -> Verifier:
    """What an unknown user is challenged with: a salt that stays the same, and a key nobody can
    know.
    """
    salt = hmac.new(secret, user.encode(), hashlib.sha256).digest()[:SALT_SIZE]
    return Verifier(salt, secrets.token_bytes(KEY_SIZE))


def normalize_user(user: str) -> str:
    """A user name as the dictionary holds it: upper case unless quoted."""
    return user[1:-1] if len(user) > 1 and user[0] == user[-1] == '"' else user.upper()


@dataclass(frozen=True)
class AuthRequest:
    """An authentication call of either phase."""

    user: str
    mode: int
    pairs: dict[str, str] = field(repr=False)
    #: application context: namespace, name and value of each entry
    context: tuple[tuple[str, str, str], ...] = ()


def parse_auth(reader: Reader) -> AuthRequest:
    """The rest of an authentication call, behind function code and sequence number."""
    has_user = reader.u8()
    reader.ub()
    mode = reader.ub()
    reader.u8()
    count = reader.ub()
    reader.skip("pp")
    if count > _MAX_PAIRS:
        raise ProtocolError(f"{count} authentication values")
    user = (reader.clr() or b"") if has_user else b""
    pairs: dict[str, str] = {}
    context: dict[str, list[str]] = {key: [] for key in _CONTEXT_KEYS}
    for _ in range(count):
        key = (reader.dalc() or b"").rstrip(b"\0")
        value = reader.dalc() or b""
        reader.ub()
        name, text = key.decode("utf-8", "replace"), value.decode("utf-8", "replace")
        if name in context:
            context[name].append(text)
        else:
            pairs[name] = text
    entries = tuple(zip(*(context[key] for key in _CONTEXT_KEYS), strict=False))
    return AuthRequest(user.decode("utf-8", "replace"), mode, pairs, entries)


class Challenge:
    """The state between the two phases of one login."""

    def __init__(self, verifier: Verifier) -> None:
        self._verifier = verifier
        self._server_key = secrets.token_bytes(KEY_SIZE)
        self._csk_salt = secrets.token_bytes(16)
        self._key = b""

    def reply(self) -> bytes:
        """The answer to phase one, without the error record."""
        session_key = _encrypt(self._verifier.key, self._server_key)
        return encode_pairs(
            {
                "AUTH_SESSKEY": _hex(session_key),
                "AUTH_VFR_DATA": _hex(self._verifier.salt),
                "AUTH_PBKDF2_CSK_SALT": _hex(self._csk_salt),
                "AUTH_PBKDF2_VGEN_COUNT": str(VGEN_COUNT),
                "AUTH_PBKDF2_SDER_COUNT": str(SDER_COUNT),
            }
        )

    def prove(self, pairs: dict[str, str]) -> str:
        """Checks phase two; returns the AUTH_SVR_RESPONSE that proves the server to the client.

        Raises OracleError 1017 for a wrong password, an unknown user and for garbage alike.
        """
        try:
            client_key = _decrypt(self._verifier.key, bytes.fromhex(pairs["AUTH_SESSKEY"]))[
                :KEY_SIZE
            ]
            combined = _hex(client_key + self._server_key).encode()
            key = hashlib.pbkdf2_hmac("sha512", combined, self._csk_salt, SDER_COUNT, KEY_SIZE)
            password = _unpad(_decrypt(key, bytes.fromhex(pairs["AUTH_PASSWORD"])))[16:]
            self._key = key
        except (KeyError, ValueError):
            raise _denied() from None
        if not hmac.compare_digest(
            _password_key(password, self._verifier.salt), self._verifier.key
        ):
            raise _denied()
        return _hex(_encrypt(key, secrets.token_bytes(16) + b"SERVER_TO_CLIENT"))

    def decrypt(self, text: str) -> str | None:
        """A password that travels under the key of this login, which has succeeded; None when it is
        none.
        """
        try:
            return _unpad(_decrypt(self._key, bytes.fromhex(text)))[16:].decode()
        except ValueError:
            return None


def encode_pairs(pairs: dict[str, str]) -> bytes:
    """Key/value pairs as a parameter message; the verifier's type travels in the flags of
    AUTH_VFR_DATA.
    """
    parts = [bytes((Message.PARAMETER,)), ub(len(pairs))]
    for key, value in pairs.items():
        parts += (text(key), text(value), ub(VERIFIER_12C if key == "AUTH_VFR_DATA" else 0))
    return b"".join(parts)


def session_pairs(
    *,
    response: str,
    session_id: int,
    serial: int,
    service: str,
    version: tuple[int, int, int, int, int],
) -> dict[str, str]:
    """What a client learns about its session at the end of the login."""
    major, minor, update, patch, build = version
    return {
        "AUTH_SVR_RESPONSE": response,
        "AUTH_SESSION_ID": str(session_id),
        "AUTH_SERIAL_NUM": str(serial & 0xFFFF),
        "AUTH_VERSION_NO": str(major << 24 | minor << 16 | update << 12 | patch << 4 | build),
        "AUTH_SC_SERVICE_NAME": service,
        "AUTH_INSTANCENAME": service,
        "AUTH_SC_DBUNIQUE_NAME": service,
        "AUTH_SC_REAL_DBUNIQUE_NAME": service,
        "AUTH_SC_DB_DOMAIN": "",
        "AUTH_DBNAME": service,
        "AUTH_MAX_OPEN_CURSORS": str(MAX_OPEN_CURSORS),
        "AUTH_MAX_IDEN_LENGTH": "30" if version[:2] < (12, 2) else "128",
    }


def _denied() -> OracleError:
    return OracleError(1017, "invalid username/password; logon denied")


def _hex(value: bytes) -> str:
    return value.hex().upper()


def _encrypt(key: bytes, value: bytes) -> bytes:
    encryptor = Cipher(algorithms.AES(key), modes.CBC(bytes(16))).encryptor()
    return encryptor.update(value) + encryptor.finalize()


def _decrypt(key: bytes, value: bytes) -> bytes:
    decryptor = Cipher(algorithms.AES(key), modes.CBC(bytes(16))).decryptor()
    return decryptor.update(value) + decryptor.finalize()


def _unpad(value: bytes) -> bytes:
    """Removes PKCS7 padding; ValueError when there is none, which is how a wrong key shows."""
    count = value[-1] if value else 0
    if not 1 <= count <= 16 or value[-count:] != bytes((count,)) * count:
        raise ValueError("no padding")
    return value[:-count]
