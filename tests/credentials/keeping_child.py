"""A program that saves, loads and forgets with `Keeper`, told by JSON lines on stdin and answering on stdout.

A child of its own for every story: `keyring` decides once per process which backend it takes, and whether the
program still ends in time can only be seen from outside. Secrets come in, only their digests go out.
"""

import asyncio
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from s3tui.credentials.keeping.keeper import Keeper
from s3tui.credentials.keeping.saved import Secret
from s3tui.credentials.keeping.vault import KeepingError
from s3tui.model.credentials import Connection, Credentials
from s3tui.model.source import Source


def digest(secret: Secret | None) -> str:
    """Return a digest that is equal only for equal secrets."""
    return hashlib.sha256(msgspec.json.encode(secret)).hexdigest()


async def _answer(keeper: Keeper, command: dict[str, Any]) -> Any:
    match command["do"]:
        case "choices":
            return [[choice.kind, choice.available, choice.sentence] for choice in await keeper.choices()]
        case "save":
            secret: Secret = msgspec.convert(command["secret"], Source if command["asks"] else Credentials)
            connection = msgspec.convert(command["connection"], Connection)
            return (await keeper.save(connection, secret, command["vault"])).id
        case "load":
            return digest(await keeper.load(command["id"]))
        case "forget":
            return await keeper.forget(command["id"])
        case "saved":
            return [saved.id for saved in await keeper.saved() if saved.ready]
        case "places":
            return [saved.id for saved in await keeper.saved() if not saved.ready]
        case "modules":
            return [name for name in ("keyring", "secretstorage", "jeepney") if name in sys.modules]
        case other:
            raise ValueError(other)


async def _serve(keeper: Keeper) -> None:
    while line := await asyncio.to_thread(sys.stdin.readline):
        try:
            answer = {"value": await _answer(keeper, json.loads(line))}
        except KeepingError as error:
            answer = {"error": f"{error.sentence} {error.next_step} {error.detail}".strip()}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    asyncio.run(_serve(Keeper(Path(sys.argv[1]))))
