"""The encoding that a document declares."""

from __future__ import annotations

import pytest

from monitor.documents import declared
from monitor.request import Document


@pytest.mark.parametrize(
    ("header", "body", "said"),
    [
        pytest.param("text/xml; charset=UTF-8", b'<?xml encoding="gb2312"?>', "utf-8", id="the header first"),
        pytest.param('text/html; charset="Big5"', b"", "big5", id="in quotes"),
        pytest.param("", b"\xef\xbb\xbf<?xml version='1.0' encoding='GB18030'?>", "gb18030", id="XML"),
        pytest.param("text/html", b'<html><meta charset="shift_jis">', "shift_jis", id="a page"),
        pytest.param(
            "text/html",
            b'<meta http-equiv=x content="text/html; charset=euc-kr">',
            "euc-kr",
            id="an old page",
        ),
        pytest.param("application/json", b'{"charset": "charset=latin-1"}', "", id="words in JSON"),
        pytest.param("", b"<html>" + b" " * 3000 + b'<meta charset="late">', "", id="too late"),
        pytest.param("", b"", "", id="nothing"),
    ],
)
def test_the_encoding_is_that_of_the_header_or_else_of_the_document(
    header: str, body: bytes, said: str
) -> None:
    assert declared(Document(body, {"content-type": header}, "https://a.test")) == said
