"""One prefix is lent: what that allows, and that everything beside it is denied with a name and a reason."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from s3tui.demo.access import DemoAccess, Rights
from s3tui.demo.process import DemoServer
from tests.demo.wire import ask, boto, refusal, target

OURS, SIBLING = "datasets/10378-1-42/", "datasets/10378-1-43/"


@pytest.fixture(scope="module")
def client_of(demo: DemoServer) -> Iterator[dict[str, Any]]:
    """Gives a boto client for each kind of rights."""
    kinds: tuple[Rights, ...] = ("ro", "rw", "full", "admin")
    clients: dict[str, Any] = {kind: boto(demo.issue(kind)) for kind in kinds}
    yield clients
    for client in clients.values():
        client.close()


def _outcome(client: Any, verb: str, arguments: dict[str, Any]) -> str:
    try:
        getattr(client, verb)(**arguments)
    except ClientError as problem:
        return refusal(problem)[1]
    return "ok"


LIST = "list_objects_v2"
# verb, arguments, and what ro, rw, full and admin get
TABLE = [
    ("list_buckets", {}, "AccessDenied AccessDenied AccessDenied ok"),
    (LIST, {"Prefix": OURS}, "ok ok ok ok"),
    (LIST, {"Prefix": OURS, "Delimiter": "/"}, "ok ok ok ok"),
    ("list_objects", {"Prefix": OURS}, "ok ok ok ok"),
    (LIST, {"Prefix": OURS + "images/"}, "ok ok ok ok"),
    (LIST, {"Prefix": OURS.rstrip("/")}, "AccessDenied AccessDenied AccessDenied ok"),
    (LIST, {"Prefix": SIBLING}, "AccessDenied AccessDenied AccessDenied ok"),
    (LIST, {"Prefix": "datasets/"}, "AccessDenied AccessDenied AccessDenied ok"),
    (LIST, {"Prefix": ""}, "AccessDenied AccessDenied AccessDenied ok"),
    (LIST, {}, "AccessDenied AccessDenied AccessDenied ok"),
    ("head_bucket", {}, "403 403 403 ok"),
    ("get_bucket_location", {}, "AccessDenied AccessDenied AccessDenied ok"),
    ("list_object_versions", {"Prefix": OURS}, "AccessDenied AccessDenied AccessDenied NotImplemented"),
    ("get_bucket_versioning", {}, "AccessDenied AccessDenied AccessDenied NotImplemented"),
    ("get_object", {"Key": OURS + "README.txt"}, "ok ok ok ok"),
    ("head_object", {"Key": OURS + "README.txt"}, "ok ok ok ok"),
    ("get_object", {"Key": OURS + "no such file"}, "NoSuchKey NoSuchKey NoSuchKey NoSuchKey"),
    ("get_object", {"Key": SIBLING + "README.txt"}, "AccessDenied AccessDenied AccessDenied ok"),
    ("get_object", {"Key": SIBLING + "nothing"}, "AccessDenied AccessDenied AccessDenied NoSuchKey"),
    ("head_object", {"Key": SIBLING + "README.txt"}, "403 403 403 ok"),
    ("get_object", {"Key": "README.txt"}, "AccessDenied AccessDenied AccessDenied ok"),
    ("put_object", {"Key": OURS + "policy/x", "Body": b"x"}, "AccessDenied ok ok ok"),
    ("put_object", {"Key": SIBLING + "x", "Body": b"x"}, "AccessDenied AccessDenied AccessDenied ok"),
    ("delete_object", {"Key": OURS + "policy/y"}, "AccessDenied ok ok ok"),
    ("delete_object", {"Key": SIBLING + "y"}, "AccessDenied AccessDenied AccessDenied ok"),
    ("create_multipart_upload", {"Key": OURS + "policy/z"}, "AccessDenied ok ok ok"),
    ("create_multipart_upload", {"Key": SIBLING + "z"}, "AccessDenied AccessDenied AccessDenied ok"),
    ("list_multipart_uploads", {"Prefix": OURS}, "AccessDenied AccessDenied ok ok"),
    ("list_multipart_uploads", {}, "AccessDenied AccessDenied AccessDenied ok"),
    (
        "list_parts",
        {"Key": OURS + "a", "UploadId": "no"},
        "AccessDenied AccessDenied NoSuchUpload NoSuchUpload",
    ),
    ("abort_multipart_upload", {"Key": OURS + "a", "UploadId": "no"}, "AccessDenied" + " NoSuchUpload" * 3),
    (
        "copy_object",
        {"Key": OURS + "policy/c", "CopySource": f"reef-demo/{OURS}README.txt"},
        "AccessDenied ok ok ok",
    ),
    (
        "copy_object",
        {"Key": OURS + "policy/c", "CopySource": f"reef-demo/{SIBLING}README.txt"},
        "AccessDenied AccessDenied AccessDenied ok",
    ),
    (
        "copy_object",
        {"Key": SIBLING + "c", "CopySource": f"reef-demo/{OURS}README.txt"},
        "AccessDenied AccessDenied AccessDenied ok",
    ),
]


@pytest.mark.parametrize(("verb", "arguments", "outcomes"), TABLE)
def test_rights_are_those_of_the_prefix(
    client_of: dict[str, Any], access: DemoAccess, verb: str, arguments: dict[str, Any], outcomes: str
) -> None:
    bucket = {} if verb == "list_buckets" else {"Bucket": access.bucket}

    found = [_outcome(client_of[kind], verb, bucket | arguments) for kind in ("ro", "rw", "full", "admin")]

    assert " ".join(found) == outcomes


def test_a_denial_names_who_what_and_where(access: DemoAccess) -> None:
    reply = ask(access, "GET", f"/{access.bucket}?list-type=2&prefix=datasets%2F10378-1-43%2F")

    assert reply.status == 403
    message = reply.text("Message")
    assert message.startswith(
        "User: arn:aws:sts::111122223333:assumed-role/reef-data-access/reef-researcher "
    )
    assert "is not authorized to perform: s3:ListBucket on resource" in message
    assert '"arn:aws:s3:::reef-demo"' in message


def test_a_bucket_that_does_not_exist_is_not_denied_but_missing(access: DemoAccess) -> None:
    reply = ask(access, "GET", "/no-such-bucket?list-type=2&prefix=")

    assert (reply.status, reply.code) == (404, "NoSuchBucket")


def test_a_batch_delete_refuses_the_foreign_key_only(s3: Any, access: DemoAccess, place: str) -> None:
    s3.put_object(Bucket=access.bucket, Key=f"{place}mine", Body=b"x")
    keys = [f"{place}mine", f"{SIBLING}README.txt"]
    answer = s3.delete_objects(Bucket=access.bucket, Delete={"Objects": [{"Key": key} for key in keys]})

    assert [item["Key"] for item in answer["Deleted"]] == keys[:1]
    assert [(item["Key"], item["Code"]) for item in answer["Errors"]] == [(keys[1], "AccessDenied")]


def test_a_head_refused_has_no_body(access: DemoAccess) -> None:
    reply = ask(access, "HEAD", target(access, f"{SIBLING}README.txt"))

    assert (reply.status, reply.body) == (403, b"")
