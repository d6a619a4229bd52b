"""HeadObject, and the same question as a GET where its refusal says nothing.

The answer to a HEAD has no body: expired, denied, encrypted with somebody else's key and "wrong region" all
look alike. So a refused one is asked again for one byte, and that answer counts.
"""

from typing import Any

from s3tui.errors import Unreachable
from s3tui.storage.s3_errors import answered, refusal_in, refused_bare


async def head_object(client: Any, parameters: dict[str, Any]) -> dict[str, Any]:
    """Return what HeadObject answers, or the same out of a GET of the first byte.

    Raises:
        Unreachable: the answer is not one to this question.
        Exception: one of those `answered` names, with the server's reason where it gives one.
    """
    try:
        answer: dict[str, Any] = await client.head_object(**parameters)
        if "LastModified" not in answer:
            # Every object has one: this is a stray answer to another request of this connection.
            raise Unreachable("The server answered with something else than an object's description.")
        return answer
    except answered() as refused:
        if not refused_bare(refused):
            raise
        bare = refused
    try:
        answer = await client.get_object(**parameters, Range="bytes=0-0")
    except answered() as told:
        if refusal_in(told).status == 416:
            raise bare from None  # an empty object has no first byte: the answer says nothing either
        raise
    answer.pop("Body").close()
    return {**answer, "ContentLength": _total(answer)}


def _total(answer: dict[str, Any]) -> int:
    """The size of the whole object, from an answer that brings one byte of it."""
    total = str(answer.get("ContentRange") or "").rpartition("/")[2]
    return int(total) if total.isdigit() else int(answer.get("ContentLength") or 0)
