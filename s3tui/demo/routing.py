"""Which operation a request means: method, bucket, key and sub-resource to handler."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from s3tui.demo import listing, multipart, objects
from s3tui.demo.call import Call
from s3tui.demo.responses import S3Error

Handler = Callable[[Call], Awaitable[web.StreamResponse]]

_BUCKET_SETTINGS = {
    "accelerate": "AccelerateConfiguration",
    "acl": "BucketAcl",
    "cors": "BucketCORS",
    "encryption": "EncryptionConfiguration",
    "lifecycle": "LifecycleConfiguration",
    "logging": "BucketLogging",
    "notification": "BucketNotification",
    "object-lock": "BucketObjectLockConfiguration",
    "ownershipControls": "BucketOwnershipControls",
    "policy": "BucketPolicy",
    "policyStatus": "BucketPolicyStatus",
    "publicAccessBlock": "BucketPublicAccessBlock",
    "replication": "ReplicationConfiguration",
    "requestPayment": "BucketRequestPayment",
    "tagging": "BucketTagging",
    "versioning": "BucketVersioning",
    "website": "BucketWebsite",
}
_OBJECT_SETTINGS = {
    "acl": "ObjectAcl",
    "attributes": "ObjectAttributes",
    "legal-hold": "ObjectLegalHold",
    "restore": "RestoreObject",
    "retention": "ObjectRetention",
    "tagging": "ObjectTagging",
    "torrent": "ObjectTorrent",
}
_SETTING_VERBS = {"GET": "Get", "HEAD": "Get", "PUT": "Put", "POST": "Put", "DELETE": "Delete"}


def handler_for(call: Call) -> Handler:
    """The handler of a request; raises MethodNotAllowed."""
    names = {name for name, _ in call.head.query}
    method = call.request.method
    if not call.bucket_name:
        found: Handler | None = listing.list_buckets if method == "GET" else None
    elif not call.key:
        found = _setting(names, method, _BUCKET_SETTINGS) or _bucket_handler(method, names)
    else:
        found = _setting(names, method, _OBJECT_SETTINGS) or _object_handler(call, method, names)
    if found is None:
        raise S3Error("MethodNotAllowed", extra={"Method": method, "ResourceType": "SERVICE"})
    return found


def _bucket_handler(method: str, names: set[str]) -> Handler | None:
    if method == "GET":
        if "location" in names:
            return listing.get_bucket_location
        if "uploads" in names:
            return multipart.list_uploads
        if "versions" in names:
            return _only_checked("s3:ListBucketVersions")
        return listing.list_objects_v2 if "list-type" in names else listing.list_objects_v1
    if method == "POST" and "delete" in names:
        return objects.delete_objects
    simple: dict[str, Handler] = {
        "HEAD": listing.head_bucket,
        "PUT": listing.create_bucket,
        "DELETE": listing.delete_bucket,
    }
    return simple.get(method)


def _object_handler(call: Call, method: str, names: set[str]) -> Handler | None:
    if method == "GET" and "uploadId" in names:
        return multipart.list_parts
    if method in ("GET", "HEAD"):
        return objects.get_object
    if method == "PUT":
        copied = call.header("x-amz-copy-source") is not None
        if "uploadId" in names:
            return multipart.upload_part_copy if copied else multipart.upload_part
        return objects.copy_object if copied else objects.put_object
    if method == "POST":
        if "uploads" in names:
            return multipart.create_upload
        return multipart.complete_upload if "uploadId" in names else None
    if method == "DELETE":
        return multipart.abort_upload if "uploadId" in names else objects.delete_object
    return None


def _setting(names: set[str], method: str, settings: dict[str, str]) -> Handler | None:
    """Sub-resources without data here: denied to those who may not see them, else not implemented."""
    for name, action in settings.items():
        if name in names and method in _SETTING_VERBS:
            return _only_checked(f"s3:{_SETTING_VERBS[method]}{action}")
    return None


def _only_checked(action: str) -> Handler:
    async def refuse(call: Call) -> web.StreamResponse:
        if call.key:
            call.require_object(action)
        else:
            call.require_bucket(action)
        raise S3Error("NotImplemented", extra={"Header": action})

    return refuse
