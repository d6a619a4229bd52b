"""Made-up entries, transfers and hints that tests and the demo app show."""

from s3tui.model.entry import Entry, EntryKind
from s3tui.model.failure import Failure
from s3tui.model.location import LocalLocation, S3Location
from s3tui.model.transfer import Direction, QueueSummary, TransferRow, TransferStatus
from s3tui.tui.view.key_hints import KeyHint

NOW = 1_795_348_800.0
"""2026-11-22 12:00 UTC, for all times on the screen."""

F, D = EntryKind.FILE, EntryKind.FOLDER
DAY = 86400.0

LOCAL = (
    Entry("images", D, modified=NOW - 3 * DAY),
    Entry("survey-2026.csv", F, 12_400_000, NOW - 3000),
    Entry("transects.nc", F, 1_900_000_000, NOW - 400 * DAY),
    Entry("latest", EntryKind.LINK_TO_FOLDER, modified=NOW - 9 * DAY),
    Entry("old-run.dat", EntryKind.BROKEN_LINK, modified=NOW - 9 * DAY),
    Entry("control.fifo", EntryKind.SPECIAL, modified=NOW - 9 * DAY),
    Entry("notes.md", EntryKind.LINK_TO_FILE, 3100, NOW - 9 * DAY),
    Entry("Überfahrt nach São Tomé.txt", F, 812, NOW - 70 * DAY),
    Entry("珊瑚礁の観測データ一覧表.parquet", F, 88_000_000, NOW - 70 * DAY),
    Entry("🐠🐟🪸 fish survey with a name.tar.gz", F, 1_200_000_000, NOW - DAY),
    Entry("evil\x1b[31m\nname [red]x[/red] \u202egpj.exe", F, 1, NOW - DAY),
    Entry(".bashrc", F, 812, NOW - 70 * DAY),
)
REMOTE = (
    Entry("images", D),
    Entry("qc", D),
    *(
        Entry(
            f"sample_{n:04}_R{r}_quality_trimmed.fastq.gz", F, 410_000_000 + n * 9_700_000, NOW - n * DAY * 3
        )
        for n in range(1, 40)
        for r in (1, 2)
    ),
    Entry("archive_2019.tar", EntryKind.ARCHIVED, 4_000_000_000_000, NOW - 2500 * DAY),
    Entry("readme.txt", F, 2100, NOW - 1000),
)


def transfer(
    number: int, name: str, status: TransferStatus, size: int, moved: int, rate: float = 0.0
) -> TransferRow:
    """A transfer between the two panes; odd numbers go up."""
    local = LocalLocation.of("/home/me/scratch/reef").child(name)
    remote = S3Location("rrap-storage-bucket", f"datasets/10378-1-42/{name}")
    up = number % 2 == 1
    return TransferRow(
        number,
        Direction.UPLOAD if up else Direction.DOWNLOAD,
        local if up else remote,
        remote if up else local,
        size,
        moved,
        status,
        rate,
        Failure("denied", f"No permission to read {name}.", "Ask for access to it.")
        if status is TransferStatus.FAILED
        else None,
        parts_done=moved // 16_000_000,
        parts=size // 16_000_000,
    )


S = TransferStatus
TRANSFERS = (
    transfer(1, "transects.nc", S.RUNNING, 1_900_000_000, 1_160_000_000, 41_200_000),
    transfer(
        2, "sample_0003_R2_quality_trimmed.fastq.gz", S.RUNNING, 3_100_000_000, 310_000_000, 212_000_000
    ),
    transfer(3, "珊瑚礁の観測データ一覧表.parquet", S.RUNNING, 88_000_000, 88_000_000, 1000),
    transfer(4, "survey-2026.csv", S.FAILED, 12_400_000, 4_000_000),
    transfer(5, "results_2025.tar", S.PAUSED, 84_000_000_000, 60_000_000_000),
    *(transfer(n, f"sample_{n:04}_R1.fastq.gz", S.QUEUED, 1_300_000_000, 0) for n in range(6, 20)),
)
SUMMARY = QueueSummary(
    queued=14,
    running=3,
    paused=1,
    failed=1,
    succeeded=212,
    bytes_total=347_000_000_000,
    bytes_done=135_000_000_000,
    bytes_safe=1_200_000_000,
    rate=253_200_000,
    eta=837,
)
HINTS = (
    KeyHint("c", "Copy", "F5"),
    KeyHint("m", "Move", "F6", 3),
    KeyHint("r", "Rename", "", 4),
    KeyHint("n", "Folder", "F7", 3),
    KeyHint("D", "Delete", "F8", 2),
    KeyHint("/", "Filter", "", 2),
    KeyHint("K", "Keys", "F2", 1),
    KeyHint("t", "Transfers", "", 1),
    KeyHint("?", "Help", "F1", 0),
    KeyHint("q", "Quit", "F10", 1),
)
