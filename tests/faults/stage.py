"""Sets a case up and clears it away: files and objects at both ends, drawn from the case's own chance."""

import contextlib
import os
import shutil
from pathlib import Path
from random import Random
from typing import Any

from tests.faults.scenario import PART, Case, Scenario
from tests.servers.proxy import RecordingProxy
from tests.servers.workspace import Workspace

KIB = 1024


def set_up(
    scenario: Scenario, seed: int, folder: Path, workspace: Workspace, proxy: RecordingProxy, key_id: str
) -> Case:
    """Make the source, and for every second case something old at the destination; then the rules."""
    chance = Random(f"{seed} {scenario.name}")
    place = folder / f"case-{chance.randrange(10**9)}"
    place.mkdir(parents=True)
    case = Case(f"{seed} {scenario.name}", scenario.way, place, workspace, proxy, chance)
    case.access_key_id = key_id
    size = (
        chance.randrange(2 * PART + 1, 3 * PART) if scenario.way.large else chance.randrange(200, 900) * KIB
    )
    case.data = chance.randbytes(size + (0 if scenario.way.large else chance.randrange(KIB)))
    case.old = chance.randbytes(5000) if chance.random() < 0.5 else b""
    case.modified_ns = chance.randrange(10**18, 17 * 10**17) // 1000 * 1000
    if scenario.way.down:
        _put(case)
        if case.old:
            case.local.write_bytes(case.old)
    else:
        case.local.write_bytes(case.data)
        os.utime(case.local, ns=(case.modified_ns, case.modified_ns))
        if case.old:
            workspace.owner.put_object(Bucket=workspace.bucket, Key=case.key, Body=case.old)
    scenario.fault(case)
    return case


def renew(case: Case) -> None:
    """Give the source other contents of the same size, once the old ones have arrived."""
    case.old = case.data
    case.data = case.chance.randbytes(len(case.data))
    case.modified_ns += 10**9
    if case.way.down:
        _put(case)
    else:
        case.local.write_bytes(case.data)
        os.utime(case.local, ns=(case.modified_ns, case.modified_ns))


def clear_away(case: Case) -> None:
    """Remove everything of a case, rules too."""
    case.proxy.clear_rules()
    # What a fault left on an open connection must not meet the next case.
    case.proxy.hang_up()
    for server in case.watched:
        server.stop()
    owner, bucket = case.workspace.owner, case.workspace.bucket
    for key, upload_id in case.workspace.open_uploads():
        if key == case.key:
            # The program may be about to do it, too.
            with contextlib.suppress(owner.exceptions.NoSuchUpload):
                owner.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=upload_id)
    owner.delete_object(Bucket=bucket, Key=case.key)
    shutil.rmtree(case.folder, ignore_errors=True)


def _put(case: Case) -> None:
    """Store the object, in parts as other programs do it when its chance says so."""
    seconds, nanos = divmod(case.modified_ns, 10**9)
    place: dict[str, Any] = {"Bucket": case.workspace.bucket, "Key": case.key}
    metadata = {"mtime": f"{seconds}.{nanos:09d}"}
    owner = case.workspace.owner
    if not case.way.large or case.chance.random() < 0.5:
        owner.put_object(**place, Body=case.data, Metadata=metadata)
        return
    upload = {**place, "UploadId": owner.create_multipart_upload(**place, Metadata=metadata)["UploadId"]}
    parts = []
    for number, start in enumerate(range(0, len(case.data), PART), 1):
        etag = owner.upload_part(**upload, PartNumber=number, Body=case.data[start : start + PART])["ETag"]
        parts.append({"PartNumber": number, "ETag": etag})
    owner.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
