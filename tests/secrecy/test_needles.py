"""The search for secrets finds them however they are spelt."""

import secrets
from urllib.parse import quote

from tests.secrecy.needles import RUN, Needles


def test_the_search_finds_every_spelling() -> None:
    secret = secrets.token_urlsafe(30)
    needles = Needles([secret])
    assert needles.found_in(f"x{secret[5 : 5 + RUN]}y".encode())
    assert needles.found_in("│\r\n│".join(secret).encode())
    assert needles.found_in(f"\x1b[31m{secret[:20]}\x1b[2;5H\x1b[0m{secret[20:]}".encode())
    assert needles.found_in(quote(secret, safe="").encode())
    assert needles.found_in(secret.encode().hex().encode())
    assert not needles.found_in(f"{secret[: RUN - 1]} {secret[::-1]}".encode())
