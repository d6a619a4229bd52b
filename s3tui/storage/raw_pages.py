"""Takes the pages of listings past botocore, whose own way of reading them is slow (hooks of its clients)."""

from typing import Any

from s3tui.storage.s3_errors import refuse_page
from s3tui.storage.s3_pages import RawPage

PAGE = "s3tui-page"
"""Where the answer of list_objects_v2 holds its RawPage."""


def read_pages_ourselves(client: Any) -> None:
    """Make a client's list_objects_v2 answer with a RawPage instead of botocore's slow dictionaries."""
    # The wildcard comes before botocore's own hook, which parses the whole page to look for an error in it.
    client.meta.events.register_first("before-parse.*.ListObjectsV2", _take_page)
    client.meta.events.register_first("before-parse.s3.ListObjectsV2", _take_body)


def _take_page(response_dict: Any, customized_response_dict: Any, **_: object) -> None:
    if RawPage.stands_in(response_dict["body"]):
        _take_body(response_dict, customized_response_dict)


def _take_body(response_dict: Any, customized_response_dict: Any, **_: object) -> None:
    if response_dict["status_code"] == 200 and PAGE not in customized_response_dict:
        refuse_page(response_dict)
        customized_response_dict[PAGE] = RawPage.of(response_dict["body"])
        # Nothing is left for botocore's own parser.
        response_dict["body"] = b""
