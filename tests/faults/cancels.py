"""Cancels: while something is wrong, and at any moment."""

from collections.abc import Iterator

from tests.faults import answers
from tests.faults.actions import Deaf, Hangup
from tests.faults.scenario import Case, Deed, End, Scenario, Way, always, every_other
from tests.servers.rules import Action, Delay, Reply

MIB = 1024 * 1024
_OF_UPLOADS = ("CreateMultipartUpload", "CompleteMultipartUpload", "AbortMultipartUpload")


def scenarios() -> Iterator[Scenario]:
    """Cancels while something is wrong."""
    family = "cancels"
    yield Scenario(
        "cancelled while the server stops reading",
        family,
        Way.UPLOAD,
        always("UploadPart", lambda _: Deaf(MIB)),
        deed=Deed.CANCEL,
        quick=True,
    )
    for kind in (Hangup(), Reply(answers.SLOW_DOWN), Reply(answers.INTERNAL)):

        def fault(case: Case, kind: Action = kind) -> None:
            case.on(every_other(case.mine("AbortMultipartUpload")), kind)
            case.on(case.mine("UploadPart"), Deaf(MIB))

        word = type(kind).__name__ if isinstance(kind, Hangup) else str(kind.answer.status)
        yield Scenario(
            f"cancelled, AbortMultipartUpload met by {word}",
            family,
            Way.UPLOAD,
            fault,
            deed=Deed.CANCEL,
            quick=word == "Hangup",
        )
    yield Scenario(
        "cancelled while a download stalls",
        family,
        Way.DOWNLOAD,
        always("GetObject", lambda _: Deaf()),
        deed=Deed.CANCEL,
        quick=True,
    )


def stops() -> tuple[Scenario, ...]:
    """Cancels at random moments, where every request takes a while; not among `scenarios`."""

    def slow(case: Case) -> None:
        for operation in ("HeadObject", "GetObject", "PutObject", "UploadPart", *_OF_UPLOADS):
            case.on(case.mine(operation), Delay(0.05))

    return tuple(
        Scenario(f"stopped at any moment, {way.value}", "cancels", way, slow, End.EITHER, deed=Deed.STOP)
        for way in Way
    )
