"""The one translation of foreign exceptions of S3 requests into ours.

`judge` looks at what botocore, aiohttp or the system raised and returns a `Verdict`: the error to show, and
what the retry loop needs to know. What an answer means stands in `s3_refusals`, what no answer means in
`s3_breakdowns`, the sentences in `s3_wording`; here they are filled in. Raw status, code and request id go
into the error's `detail`, without any secret.
"""

import asyncio
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from s3tui.errors import Busy, StorageError
from s3tui.formatting import printable, shortened
from s3tui.storage import s3_wording as say
from s3tui.storage.foreign_errors import aiohttp_kinds, boto_kinds, kinds
from s3tui.storage.http.errors import NameUnknown, NotHttp
from s3tui.storage.redaction import cleaned
from s3tui.storage.s3_answer import PageInstead, Refusal, page_instead, read_refusal, refusal_of
from s3tui.storage.s3_breakdowns import breakdown_of, causes_of, never_sent
from s3tui.storage.s3_denial import Denial
from s3tui.storage.s3_subject import Subject
from s3tui.storage.s3_wording import Rule

__all__ = [
    "REFUSAL",
    "Refused",
    "Subject",
    "Verdict",
    "answered",
    "foreign",
    "judge",
    "may_have_been_done",
    "plain_headers",
    "refusal_in",
    "refuse_page",
    "refused",
    "refused_bare",
]

REFUSAL = "s3tui-refusal"
"""Where the answers of botocore keep what a server really said."""
_QUOTED = 180
"""Characters of a server's sentence inside one of ours."""
_PLACE_SHOWN = 120
"""Characters of an address inside a detail."""
_SAYS_NOTHING = frozenset(
    {"access denied", "accessdenied", "forbidden", "403 forbidden", "permission denied", ""}
)


class Refused(Exception):
    """The server refused a request that was not made through botocore."""

    def __init__(self, refusal: Refusal, operation: str) -> None:
        """Keep what it said, and of which operation."""
        super().__init__(f"{operation}: HTTP {refusal.status} {refusal.code}")
        self.refusal = refusal
        self.operation_name = operation


def answered() -> tuple[type[BaseException], ...]:
    """What a request raises that was refused, for use in `except`."""
    return (Refused, *boto_kinds("ClientError"))


def foreign() -> tuple[type[BaseException], ...]:
    """What a request may raise besides our own errors, for use in `except`; `judge` understands all of it."""
    return (
        *answered(),
        *boto_kinds("BotoCoreError"),
        *kinds("botocore.parsers", "ResponseParserError"),
        *aiohttp_kinds("ClientError"),
        *kinds("aiohttp.http_exceptions", "HttpProcessingError"),
        NotHttp,
        asyncio.TimeoutError,
        OSError,
        UnicodeError,
        PageInstead,
    )


class Verdict(Struct, frozen=True):
    """What became of a request that failed."""

    error: StorageError
    status: int = 0
    """HTTP status; 0 when there was no answer."""
    doubtful: bool = False
    """It may be the wording of this server for expired credentials."""


def refused(
    status: int, headers: Mapping[str, str], body: bytes, operation: str, region: str
) -> tuple[Refused, bool]:
    """The refusal of a request that was not made through botocore, but signed for `region`.

    Returns with it whether the server wants to be asked somewhere else, or for another region.
    """
    refusal = read_refusal(status, headers, body)
    # Some servers name the region of a bucket in every answer.
    another = refusal.region != region or refusal.code == "AuthorizationHeaderMalformed"
    elsewhere = status in (301, 302, 307, 308) or (bool(refusal.region) and another)
    return Refused(refusal, operation), elsewhere


def refuse_page(response_dict: Any) -> None:
    """Raise PageInstead when a success is no answer of S3 but a web page; streams are not looked into."""
    body, status = response_dict["body"], response_dict["status_code"]
    # botocore makes a 500 of every success whose body is not XML, as most web pages are not.
    if isinstance(body, bytes) and (status == 200 or (body and (status < 300 or status == 500))):
        words = page_instead(plain_headers(response_dict["headers"]), body)
        if words is not None:
            raise PageInstead(words)


def plain_headers(headers: Any) -> dict[str, str]:
    """Headers as text, their names in small letters."""
    return {str(name).lower(): str(value) for name, value in headers.items()}


def judge(error: BaseException, subject: Subject) -> Verdict:
    """Translate what was raised by a request; errors of ours pass through."""
    if isinstance(error, StorageError):
        return Verdict(error)
    if isinstance(error, PageInstead):
        page = Refusal(status=200, message=cleaned(str(error), subject.secrets), shape="page")
        return Verdict(
            _tell(say.PAGE if page.message else say.PAGE_UNREAD, subject, page, _detail(page, subject)), 200
        )
    if isinstance(error, answered()):
        operation = str(getattr(error, "operation_name", "") or "")
        return _judge_answer(refusal_in(error), subject, operation)
    return Verdict(_judge_connection(error, subject))


def refused_bare(error: BaseException) -> bool:
    """Whether a HEAD was refused with nothing but a status that says too little to decide on."""
    if not isinstance(error, answered()):
        return False
    refusal = refusal_in(error)
    if not refusal.bare:
        return False
    if refusal.status == 404:
        return refusal.page_promised and not refusal.from_s3
    return refusal.status in (301, 302, 303, 307, 308, 400, 401, 402, 403, 405, 409, 501)


def may_have_been_done(error: BaseException) -> bool:
    """Whether a server may have done what it was asked for although the request failed."""
    if isinstance(error, answered()):
        return refusal_in(error).status >= 500
    return not never_sent(error)


def refusal_in(error: BaseException) -> Refusal:
    """What the server said, in one of the exceptions that `answered` names."""
    if isinstance(error, Refused):
        return error.refusal
    response: Any = getattr(error, "response", {})
    kept = response.get(REFUSAL)
    return kept if isinstance(kept, Refusal) else refusal_of(response)


def _judge_answer(refusal: Refusal, subject: Subject, operation: str) -> Verdict:
    refusal = replace(
        refusal,
        code=cleaned(refusal.code, subject.secrets),
        message=cleaned(refusal.message, subject.secrets),
    )
    subject = replace(subject, skew=_skew(refusal, subject))
    from s3tui.storage.s3_refusals import rule_of  # many patterns, for a day that may never come

    rule = rule_of(refusal, subject)
    doubtful = rule.doubtful
    if (doubtful and subject.standing == "ended") or (rule is say.LINK_EXPIRED and _unknown(subject)):
        rule = say.EXPIRED
    error = _tell(_refined(rule, refusal, subject), subject, refusal, _detail(refusal, subject, operation))
    return Verdict(error, refusal.status, doubtful)


def _unknown(subject: Subject) -> bool:
    """Whether nothing speaks for temporary credentials: no known end, no probe, no place that was open."""
    known = subject.standing or subject.expires_at is not None or subject.home is not None
    return subject.temporary and not known


def _refined(rule: Rule, refusal: Refusal, subject: Subject) -> Rule:
    """A rule with what else is known put into its sentence and next step."""
    if rule is say.DENIED_AS_TOLD:
        return _as_told(rule, refusal, subject)
    if rule is say.EXPIRED:
        return replace(rule, sentence=_ended(subject))
    if rule is say.CLOCK and subject.skew:
        there = refusal.server_time
        now = datetime.fromtimestamp(time.time() + subject.skew if there is None else there, UTC)
        return replace(rule, next_step=f"It is {now:%H:%M} UTC there. {rule.next_step}")
    if rule is say.LOGIN and refusal.leads_to == f"https://{subject.host.partition(':')[0]}":
        return rule if subject.secure else say.SAYS_HTTPS
    if rule is say.BAD_REQUEST and refusal.message:
        return replace(rule, next_step=say.UNKNOWN.next_step)
    if rule is not say.DENIED:
        return rule
    for pattern, sentence, next_step in say.PLACES:
        if pattern.fullmatch(subject.location.bucket):
            return replace(rule, sentence=sentence, next_step=next_step)
    sentence, next_step = rule.sentence, rule.next_step
    if refusal.message.strip(" .!").lower() not in _SAYS_NOTHING:
        sentence, next_step = sentence.removesuffix(".") + ": {message}", say.ASK_OWNER
    elif subject.verb == "read" and (subject.standing == "good" or not subject.temporary):
        next_step = say.SEEN_NOT_READ
    elif subject.standing == "good" and subject.home is not None:
        next_step = say.NOT_FOR_THIS if subject.at_home else say.LIMITED
    elif not subject.standing and subject.temporary:
        next_step = say.MAYBE_EXPIRED
    return replace(rule, sentence=sentence, next_step=next_step)


def _as_told(rule: Rule, refusal: Refusal, subject: Subject) -> Rule:
    """Amazon's own account of a denial, in our words."""
    denial = Denial.read(refusal.message)
    if denial is None:
        return rule
    place = _escaped(denial.place) or ("{host}" if denial.of_server else "{what}")
    reason = f": {denial.reason}" if denial.reason else ""
    next_step = denial.advice or f"Ask the owner of the data for {_escaped(denial.action)}."
    if subject.home is not None and not subject.at_home:
        next_step = f"{say.LIMITED} {next_step}"
    return replace(
        rule,
        sentence=f"Your credentials may not {_escaped(denial.words)} {place}{reason}.",
        next_step=next_step,
    )


def _escaped(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _ended(subject: Subject) -> str:
    """When the credentials ended, in local time, where that is known."""
    ends, now = subject.expires_at, time.time() + subject.skew
    if ends is None:
        return "Your credentials have expired."
    if ends > now + 60:
        return "Your credentials have ended before their time."
    moment = datetime.fromtimestamp(ends).astimezone()
    if now - ends > 18 * 3600:
        return f"Your credentials expired on {moment:%Y-%m-%d} at {moment:%H:%M}."
    return f"Your credentials expired at {moment:%H:%M}."


def _skew(refusal: Refusal, subject: Subject) -> float:
    """How far our clock is off: what the answer says of it counts most."""
    if refusal.server_time is None:
        return subject.skew
    return refusal.server_time - (time.time() if refusal.request_time is None else refusal.request_time)


def _skew_text(seconds: float) -> str:
    minutes = round(abs(seconds) / 60)
    if minutes == 0:
        return "wrong"
    hours, rest = divmod(minutes, 60)
    far = (
        f"{minutes} min"
        if minutes < 120
        else f"{hours} h {rest} min"
        if hours < 48
        else f"{hours // 24} days"
    )
    return f"{far} {'slow' if seconds > 0 else 'fast'}"


def _detail(refusal: Refusal, subject: Subject, operation: str = "") -> str:
    pieces = (
        f"HTTP {refusal.status}" if refusal.status else "",
        refusal.code,
        f"(request {refusal.request_id})" if refusal.request_id else "",
        "(a web page)" if refusal.shape == "page" else "",
        refusal.message,
    )
    return " ".join(piece for piece in pieces if piece) + _about(subject, operation)


def _about(subject: Subject, operation: str = "") -> str:
    """The request itself, for whoever has to look into it: operation, place and server."""
    place = shortened(printable(str(subject.location)), _PLACE_SHOWN)
    return f" · {operation or subject.verb} {place} · {subject.host}"


def _tell(rule: Rule, subject: Subject, refusal: Refusal, detail: str, name: str = "") -> StorageError:
    tier = refusal.storage_class
    words = {
        "what": _place(subject),
        "verb": subject.verb,
        "bucket": subject.location.bucket or "that bucket",
        "host": subject.host,
        "name": name or subject.host,
        "region": subject.region or "the one asked for",
        "told_region": refusal.region or "another region",
        "skew": _skew_text(subject.skew),
        "key": subject.key or "given",
        "tier": f"the archive tier {tier}" if tier else "an archive tier",
        "home": str(subject.home) if subject.home else "their own place",
        "leads_to": refusal.leads_to or "another address",
        "message": _quoted(refusal.message),
    }
    sentence, next_step = rule.sentence.format(**words), rule.next_step.format(**words)
    if issubclass(rule.error, Busy):
        return rule.error(sentence, next_step=next_step, detail=detail, retry_after=refusal.retry_after)
    return rule.error(sentence, next_step=next_step, detail=detail)


def _place(subject: Subject) -> str:
    return str(subject.location) if subject.location.bucket else f"the buckets of {subject.host}"


def _quoted(message: str) -> str:
    """A server's sentence as the end of ours."""
    if not message:
        return "no reason was given."
    if len(message) > _QUOTED:
        return message[:_QUOTED].rsplit(" ", 1)[0].rstrip(" .,;:") + "…"
    return message.rstrip(" .,;:") + ("" if message.rstrip().endswith(("!", "?")) else ".")


def _judge_connection(error: BaseException, subject: Subject) -> StorageError:
    rule = breakdown_of(error, subject)
    kinds = " ← ".join(dict.fromkeys(type(found).__name__ for found in causes_of(error)))
    reasons = [str(getattr(found, "verify_message", "")) for found in causes_of(error)]
    reason = cleaned(next(filter(None, reasons), ""), subject.secrets)
    named: tuple[type[BaseException], ...] = (NameUnknown, *aiohttp_kinds("ClientConnectorError"))
    host = next((getattr(found, "host", "") for found in causes_of(error) if isinstance(found, named)), "")
    return _tell(rule, subject, Refusal(message=reason), kinds + _about(subject), str(host or ""))
