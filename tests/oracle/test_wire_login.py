"""Login with the unmodified driver: right and wrong passwords, unknown users and services, what a
session is told.
"""

from __future__ import annotations

import asyncio
import hashlib

import oracledb
import pytest

from lab.oracle.interface import OracleError, Verifier
from lab.oracle.wire.auth import (
    Challenge,
    _decrypt,
    _encrypt,
    decoy_verifier,
    derive_verifier,
    normalize_user,
)
from lab.oracle.wire.buffer import Reader
from tests.oracle.conftest import WireServer
from tests.oracle.fake_engine import PASSWORD, USER

DENIED = "ORA-01017: invalid username/password; logon denied"


def test_a_client_learns_version_and_names(connection: oracledb.Connection) -> None:
    assert connection.version == "19.3.0.0.0"
    assert connection.service_name == "XE"
    assert connection.instance_name == "XE"
    assert connection.max_identifier_length == 128
    assert connection.max_open_cursors == 65535
    connection.ping()


def test_the_time_zone_of_the_client_is_set_at_login(cursor: oracledb.Cursor) -> None:
    state = cursor.execute("select state from t").fetchone()[0]
    assert "ALTER SESSION SET TIME_ZONE=" in state
    assert "\\u0000" not in state


def test_user_names_are_not_case_sensitive(wire_server: WireServer) -> None:
    with wire_server.connect(user="travelbuddy") as connection:
        assert (
            '"user": "TRAVELBUDDY"'
            in connection.cursor().execute("select state from t").fetchone()[0]
        )
    assert normalize_user('"Mixed"') == "Mixed"


@pytest.mark.parametrize(
    ("user", "password"),
    [(USER, PASSWORD + "x"), (USER, PASSWORD.upper()), ("NOBODY", PASSWORD), (USER, "x" * 200)],
)
def test_wrong_credentials_are_denied(wire_server: WireServer, user: str, password: str) -> None:
    with pytest.raises(oracledb.DatabaseError) as caught:
        wire_server.connect(user=user, password=password)
    assert caught.value.args[0].code == 1017
    assert str(caught.value).splitlines()[0] == DENIED


@pytest.mark.parametrize(
    ("descriptor", "code"), [("SERVICE_NAME=OTHER", "DPY-6001"), ("SID=OTHER", "DPY-6003")]
)
def test_unknown_services_are_refused(wire_server: WireServer, descriptor: str, code: str) -> None:
    address = f"(ADDRESS=(PROTOCOL=tcp)(HOST=127.0.0.1)(PORT={wire_server.port}))"
    dsn = f"(DESCRIPTION={address}(CONNECT_DATA=({descriptor})))"
    with pytest.raises(oracledb.DatabaseError, match=code):
        wire_server.connect(dsn=dsn)


def test_a_connect_string_may_need_a_packet_of_its_own(wire_server: WireServer) -> None:
    padding = "".join(
        f"(ADDRESS=(PROTOCOL=tcp)(HOST=127.0.0.1)(PORT={wire_server.port}))" for _ in range(8)
    )
    dsn = f"(DESCRIPTION=(ADDRESS_LIST={padding})(CONNECT_DATA=(SID=xe)(UR={'A' * 300})))"
    with wire_server.connect(dsn=dsn) as connection:
        assert connection.cursor().execute("select five 1 from t").fetchone()[1] == "name 0"


def test_pools_hand_sessions_on_without_open_transactions(wire_server: WireServer) -> None:
    pool = oracledb.create_pool(user=USER, password=PASSWORD, dsn=wire_server.dsn, min=1, max=2)
    with pool.acquire() as connection:
        connection.cursor().execute("insert into t values (:1)", ["pooled"])
    with pool.acquire() as connection:
        state = connection.cursor().execute("select state from t").fetchone()[0]
    pool.close()
    assert '"ROLLBACK"' in state
    assert '"count": 0' in state


def test_many_sessions_at_once(wire_server: WireServer) -> None:
    connections = [wire_server.connect() for _ in range(12)]
    cursors = [connection.cursor() for connection in connections]
    for number, cursor in enumerate(cursors):
        cursor.execute(f"select five {number + 1} from t")
    assert [len(cursor.fetchall()) for cursor in cursors] == list(range(1, 13))
    assert len({connection.session_id for connection in connections}) == 12
    for connection in connections:
        connection.close()


def test_asyncio_clients_are_served(wire_server: WireServer) -> None:
    async def rows() -> list[tuple[object, ...]]:
        async with oracledb.connect_async(
            user=USER, password=PASSWORD, dsn=wire_server.dsn
        ) as connection:
            cursor = connection.cursor()
            cursor.arraysize = 400
            await cursor.execute("select five 5000 from t")
            found = await cursor.fetchall()
            await cursor.execute("select lobs 3 from t")
            async for _, text, binary, _ in cursor:
                assert len(await text.read()) == await text.size() - 4000
                assert len(await binary.read()) == 76800
            return found

    found = asyncio.run(rows())
    assert len(found) == 5000
    assert found[4999][1] == "name 4999"


def test_a_challenge_is_only_met_with_the_password_itself() -> None:
    challenge = Challenge(derive_verifier("right"))
    with pytest.raises(OracleError, match="ORA-01017"):
        challenge.prove({"AUTH_SESSKEY": "00" * 32, "AUTH_PASSWORD": "00" * 32})
    with pytest.raises(OracleError, match="ORA-01017"):
        challenge.prove({"AUTH_SESSKEY": "no hex", "AUTH_PASSWORD": ""})
    with pytest.raises(OracleError, match="ORA-01017"):
        challenge.prove({})


def proof(
    verifier: Verifier, challenge: Challenge, password: bytes
) -> tuple[dict[str, str], bytes]:
    """What a client answers that knows the stored hash, and the key both sides then share."""
    reader = Reader(challenge.reply())
    reader.skip("pi")
    given = {reader.dalc(): (reader.dalc(), reader.ub())[0] for _ in range(5)}
    server_key = _decrypt(verifier.key, bytes.fromhex(given[b"AUTH_SESSKEY"].decode()))
    client_key = bytes(32)
    salt = bytes.fromhex(given[b"AUTH_PBKDF2_CSK_SALT"].decode())
    key = hashlib.pbkdf2_hmac(
        "sha512", (client_key + server_key).hex().upper().encode(), salt, 3, 32
    )
    padding = 16 - len(password) % 16
    secret = _encrypt(key, bytes(16) + password + bytes((padding,)) * padding)
    return {
        "AUTH_SESSKEY": _encrypt(verifier.key, client_key).hex(),
        "AUTH_PASSWORD": secret.hex(),
    }, key


def test_the_stored_hash_alone_does_not_log_in() -> None:
    verifier = derive_verifier("right")
    challenge = Challenge(verifier)
    with pytest.raises(OracleError, match="ORA-01017"):
        challenge.prove(proof(verifier, challenge, b"wrong")[0])
    pairs, key = proof(verifier, challenge, b"right")
    assert _decrypt(key, bytes.fromhex(challenge.prove(pairs)))[16:] == b"SERVER_TO_CLIENT"


def test_the_salt_of_an_unknown_user_stays_the_same() -> None:
    first, second = decoy_verifier("NOBODY", b"secret"), decoy_verifier("NOBODY", b"secret")
    assert first.salt == second.salt
    assert first.key != second.key
    assert decoy_verifier("OTHER", b"secret").salt != first.salt


def test_no_secret_stands_in_a_repr() -> None:
    assert "key" not in repr(derive_verifier("right"))
