"""The lean reader of listings against botocore's, and against answers that are no listings."""

import random
from typing import Any
from xml.sax.saxutils import escape

import pytest
from botocore.parsers import create_parser
from botocore.session import get_session
from hypothesis import given, settings
from hypothesis import strategies as st

from s3tui.errors import Unreachable
from s3tui.model.entry import Entry, EntryKind
from s3tui.storage.s3_pages import RawPage
from s3tui.storage.s3_plain_rows import read_plain

HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n'
ROOT = b'<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'

AMAZON = (
    HEAD
    + ROOT
    + b"<Name>reef</Name><Prefix>d/</Prefix><NextContinuationToken>1ueGcx&amp;=</NextContinuationToken>"
    b"<KeyCount>3</KeyCount><MaxKeys>3</MaxKeys><Delimiter>%2F</Delimiter><EncodingType>url</EncodingType>"
    b"<IsTruncated>true</IsTruncated>"
    b"<Contents><Key>d/</Key><LastModified>2024-05-01T10:00:00.000Z</LastModified>"
    b"<ETag>&quot;d41d8cd98f00b204e9800998ecf8427e&quot;</ETag><Size>0</Size>"
    b"<StorageClass>STANDARD</StorageClass></Contents>"
    b"<Contents><Key>d/a+b%2B%26.nc</Key><LastModified>2024-05-01T10:00:00.500Z</LastModified>"
    b"<ETag>&quot;x-2&quot;</ETag><ChecksumAlgorithm>CRC32</ChecksumAlgorithm><Size>12345678901</Size>"
    b"<StorageClass>DEEP_ARCHIVE</StorageClass></Contents>"
    b"<CommonPrefixes><Prefix>d/sub+folder/</Prefix></CommonPrefixes></ListBucketResult>"
)


def rows(body: bytes, prefix: bytes = b"", *, recursive: bool = False) -> list[Entry]:
    """The entries of one answer."""
    return list(RawPage.of(body).page(prefix, recursive=recursive).rows())


def test_amazons_form_is_read_whole() -> None:
    page = RawPage.of(AMAZON)
    assert page.next_token == "1ueGcx&="
    assert rows(AMAZON, b"d/") == [
        Entry("a b+&.nc", EntryKind.ARCHIVED, 12345678901, 1714557600.5),
        Entry("sub folder", EntryKind.FOLDER),
    ]


def test_a_pretty_printed_answer_with_owners_and_another_order_is_read_too() -> None:
    body = (
        b"<ListBucketResult>\n  <IsTruncated>false</IsTruncated>\n"
        b"  <Contents>\n    <Owner><ID>Key</ID><DisplayName>me</DisplayName></Owner>\n    <Size>7</Size>\n"
        b"    <LastModified>2024-05-01T12:00:00+02:00</LastModified>\n    <Key>a&amp;b &#229;+</Key>\n"
        b"  </Contents>\n"
        b"  <CommonPrefixes>\n <Prefix>p/</Prefix>\n <Prefix>q/</Prefix>\n </CommonPrefixes>\n"
        b"</ListBucketResult>\n"
    )
    assert RawPage.of(body).next_token is None
    assert rows(body) == [
        Entry("a&b å+", EntryKind.FILE, 7, 1714557600.0),
        Entry("p", EntryKind.FOLDER),
        Entry("q", EntryKind.FOLDER),
    ]


@pytest.mark.parametrize(
    "contents",
    [
        b"<Contents><Key><![CDATA[a<b]]></Key><LastModified>2024-05-01T10:00:00Z</LastModified>"
        b"<Size>7</Size></Contents>",
        b"<!-- <Contents> --><Contents><Key>a&lt;b</Key><Size>7</Size>"
        b"<LastModified>2024-05-01T10:00:00Z</LastModified></Contents>",
        b'<Contents kind="x"><Key>a&lt;b</Key><Size>7</Size>'
        b"<LastModified>2024-05-01T10:00:00Z</LastModified></Contents>",
        b"<Contents><Key>a&lt;b</Key><Size> 7 </Size>"
        b"<LastModified>2024-05-01T10:00:00Z</LastModified></Contents>",
    ],
)
def test_what_is_not_plain_goes_through_a_real_parser(contents: bytes) -> None:
    body = ROOT + contents + b"</ListBucketResult>"
    assert rows(body) == [Entry("a<b", EntryKind.FILE, 7, 1714557600.0)]


def test_an_empty_folder_is_empty_and_a_missing_time_is_none() -> None:
    assert rows(ROOT + b"<IsTruncated>false</IsTruncated></ListBucketResult>") == []
    assert rows(b"<ListBucketResult/>") == []
    odd = ROOT + b"<Contents><Key>k</Key><LastModified>yesterday</LastModified><Size>1</Size></Contents>"
    assert rows(odd + b"</ListBucketResult>") == [Entry("k", EntryKind.FILE, 1)]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>Log in</body></html>",
        b'{"Contents": []}',
        b"<ListAllMyBucketsResult></ListAllMyBucketsResult>",
        b"<Error><Code>InternalError</Code></Error>",
        AMAZON[: len(AMAZON) // 2],
        AMAZON[:-1],
    ],
)
def test_what_is_no_whole_listing_is_refused(body: bytes) -> None:
    with pytest.raises(Unreachable, match="not a listing"):
        RawPage.of(body)


def test_more_to_come_without_a_token_is_no_end() -> None:
    body = ROOT + b"<IsTruncated>true</IsTruncated></ListBucketResult>"
    with pytest.raises(Unreachable, match="broke a listing off"):
        _ = RawPage.of(body).next_token


def test_a_key_that_looks_like_markup_around_the_entries_changes_nothing() -> None:
    key = escape("<IsTruncated>true</IsTruncated><NextContinuationToken>x</NextContinuationToken>")
    body = (
        ROOT
        + b"<IsTruncated>false</IsTruncated><Contents><Key>"
        + key.encode()
        + b"</Key><LastModified>2024-05-01T10:00:00Z</LastModified><Size>1</Size></Contents>"
        + b"</ListBucketResult>"
    )
    assert RawPage.of(body).next_token is None
    assert len(rows(body)) == 1


def by_botocore(body: bytes) -> list[tuple[str, int, float]]:
    """The objects of an answer as botocore reads them."""
    shape: Any = get_session().get_service_model("s3").operation_model("ListObjectsV2").output_shape
    response = {"body": body, "headers": {}, "status_code": 200}
    parsed: dict[str, Any] = create_parser("rest-xml").parse(response, shape)
    return [
        (found["Key"], found["Size"], found["LastModified"].timestamp())
        for found in parsed.get("Contents", ())
    ]


keys = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="￾￿"), min_size=1, max_size=30
).filter(lambda key: not key.endswith("/"))


@settings(max_examples=60, deadline=None)
@given(st.lists(keys, max_size=20), st.randoms(use_true_random=False), st.booleans())
def test_the_lean_reader_agrees_with_botocores(names: list[str], chance: random.Random, alike: bool) -> None:
    order = chance.sample(range(5), 5)
    pieces = []
    for name in names:
        stamp = f"20{chance.randrange(10, 30)}-02-03T04:05:06.{chance.randrange(1000):03}Z"
        fields = [
            f"<Key>{escape(name)}</Key>",
            f"<LastModified>{stamp}</LastModified>",
            f"<Size>{chance.randrange(10**13)}</Size>",
            "<ETag>&quot;e&quot;</ETag>",
            chance.choice(
                ["<Owner><ID>x</ID><DisplayName/></Owner>", "<StorageClass>STANDARD</StorageClass>"]
            ),
        ]
        if alike:
            fields = [*fields[:4], "<Owner><ID>x</ID><DisplayName/></Owner>"]
        else:
            chance.shuffle(order)
        pieces.append(f"<Contents>{''.join(fields[place] for place in order)}</Contents>")
    body = ROOT + "".join(pieces).encode() + b"</ListBucketResult>"
    assert [(row.name, row.size, row.modified) for row in rows(body)] == by_botocore(body)
    plain = read_plain(body, etags=True)
    assert not alike or (plain is not None and len(plain.keys) == len(names))


def test_objects_that_differ_in_form_from_the_first_one_are_all_read() -> None:
    first = (
        b"<Contents><Key>a</Key><LastModified>2024-05-01T10:00:00Z</LastModified>"
        b"<ETag>&quot;e&quot;</ETag><ChecksumType>FULL_OBJECT</ChecksumType><Size>1</Size>"
        b"<StorageClass>GLACIER</StorageClass></Contents>"
    )
    without = first.replace(b"<ChecksumType>FULL_OBJECT</ChecksumType>", b"").replace(b">a<", b">b<")
    odd = b"<Contents kind='x'><Key>c</Key><Size>3</Size><LastModified/></Contents>"
    wanted = [Entry(name, EntryKind.ARCHIVED, 1, 1714557600.0, "e") for name in ("a", "b")]
    for contents, expected in (
        (first + without, wanted),
        (without + first, wanted[::-1]),
        (first + odd, [wanted[0], Entry("c", EntryKind.FILE, 3)]),
        (first + b"<!-- " + without + b" -->", wanted[:1]),
    ):
        page = RawPage.of(ROOT + contents + b"</ListBucketResult>").page(b"", recursive=False, etags=True)
        assert list(page.rows()) == expected


def test_markers_and_foreign_keys_are_sorted_out_of_a_plain_page() -> None:
    contents = b"".join(
        b"<Contents><Key>%s</Key><LastModified>2024-05-01T10:00:00Z</LastModified><Size>5</Size></Contents>"
        % key
        for key in (b"d/", b"d/a", b"d/m/", b"elsewhere")
    )
    body = ROOT + contents + b"<CommonPrefixes><Prefix>d/p/</Prefix></CommonPrefixes></ListBucketResult>"
    assert [row.name for row in rows(body, b"d/")] == ["a", "m/", "p"]
    flat = rows(body, b"d/", recursive=True)
    assert [(row.name, row.kind) for row in flat] == [
        ("a", EntryKind.FILE),
        ("m", EntryKind.FOLDER),
        ("p", EntryKind.FOLDER),
    ]
