"""Keeps what servers really answered, where botocore keeps S3's own XML only (hooks of its clients)."""

from typing import Any

from s3tui.storage.s3_answer import Refusal, read_refusal
from s3tui.storage.s3_errors import REFUSAL, plain_headers, refuse_page


def keep_refusals(client: Any) -> None:
    """Have an aiobotocore client keep what servers really answered: botocore keeps S3's own XML only."""
    client.meta.events.register_first("before-parse.s3", _keep_refusal)
    client.meta.events.register_first("needs-retry.s3", _name_region)


def _keep_refusal(response_dict: Any, customized_response_dict: Any, **_: object) -> None:
    refuse_page(response_dict)
    if response_dict["status_code"] >= 300:
        headers = plain_headers(response_dict["headers"])
        customized_response_dict[REFUSAL] = read_refusal(
            response_dict["status_code"], headers, bytes(response_dict["body"] or b"")
        )


def _name_region(response: Any = None, **_: object) -> None:
    """Tell botocore, which follows a bucket to its region, where a server told it in words only."""
    if response is None or not isinstance(response[1].get("Error"), dict):
        return
    refusal, told = response[1].get(REFUSAL), response[1]["Error"]
    if isinstance(refusal, Refusal) and refusal.region and not told.get("Region"):
        told["Region"] = refusal.region
