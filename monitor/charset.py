"""The bytes of a web page -> its text, whatever the page and its server say of the encoding.

The order is that of the HTML standard (section 13.2.3): byte order mark, header, `meta`; with one
difference, for pages that say one thing and are another: an encoding counts if the bytes can be
read in it. Only encodings that the standard lists are used, for others can be made to hang.
"""

from __future__ import annotations

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Labels as pages have them -> the codec that reads all that stands under such a label.
_CODECS = {
    "utf-8": "utf-8", "utf8": "utf-8", "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030",
    "x-gbk": "gb18030", "big5": "big5hkscs", "big5-hkscs": "big5hkscs", "shift_jis": "cp932",
    "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932", "windows-31j": "cp932", "euc-jp": "euc_jp",
    "euc-kr": "cp949", "ks_c_5601-1987": "cp949", "windows-949": "cp949", "tis-620": "cp874",
    "windows-874": "cp874", "iso-8859-1": "cp1252", "latin1": "cp1252", "us-ascii": "cp1252",
    "windows-1252": "cp1252", "windows-1251": "cp1251", "windows-1250": "cp1250",
    "windows-1258": "cp1258", "iso-8859-2": "iso8859_2", "iso-8859-15": "iso8859_15",
}  # fmt: skip
_HEADER = re.compile(r"charset\s*=\s*[\"']?([\w-]+)", re.IGNORECASE | re.ASCII)
_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?([\w-]+)", re.IGNORECASE)
_META_WITHIN = 4096
LABELS = tuple(sorted(_CODECS))


def decode(body: bytes, content_type: str = "", *, forced: str = "", lang: str = "") -> str:
    """The text of a page. `forced` is an encoding that counts whatever the page says.

    `lang` (ISO 639-1) helps to guess: Chinese pages that are not UTF-8 are GB 18030. Bytes that
    mean nothing become U+FFFD; this never fails.
    """
    if codec := _CODECS.get(forced.lower()):
        return body.decode(codec, "replace")
    for mark, codec in _MARKS:
        if body.startswith(mark):
            return body.decode(codec, "replace")
    said = [_CODECS[label] for label in _labels(body, content_type) if label in _CODECS]
    for codec in dict.fromkeys(["utf-8", *said, *(["gb18030"] if lang == "zh" else [])]):
        try:
            return body.decode(codec)
        except UnicodeDecodeError:
            continue
    return body.decode(said[0] if said else "utf-8", "replace")


def _labels(body: bytes, content_type: str) -> list[str]:
    head = _HEADER.search(content_type)
    meta = _META.search(body[:_META_WITHIN])
    return [
        label.lower()
        for label in (head[1] if head else "", meta[1].decode("ascii", "replace") if meta else "")
    ]
