"""Terms of a place that its requests have to carry: the access list of new objects, and who pays.

Both are added where the parameters of a request are put together, so that no caller can forget them.
"""

from typing import Any

from s3tui.model.credentials import Endpoint

MAKING_OBJECTS = frozenset({"PutObject", "CreateMultipartUpload", "CopyObject"})
"""Operations that take an access list for the object they make."""


def keep_terms(client: Any, endpoint: Endpoint) -> None:
    """Have every request of an aiobotocore client carry what `endpoint` asks for."""
    if endpoint.canned_acl is None and not endpoint.request_payer:
        return

    def add(params: dict[str, Any], model: Any, **_: object) -> None:
        if endpoint.canned_acl is not None and model.name in MAKING_OBJECTS:
            params.setdefault("ACL", endpoint.canned_acl)
        if endpoint.request_payer and "RequestPayer" in model.input_shape.members:
            params.setdefault("RequestPayer", "requester")

    client.meta.events.register("before-parameter-build.s3", add)
