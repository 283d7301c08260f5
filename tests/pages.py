"""Pages and PDF files of our own making, as they come in an article's place."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

NAVIGATION = "".join(
    f'<li><a href="/{name}">{name}</a></li>' for name in ("Home", "Events", "Careers", "Markets")
)
PARAGRAPHS = (
    "The agency announced on Monday that its board had met and gone through the long list of requests.",
    "Officials said that the work would begin in the coming year and several hundred people are to be hired.",
    "The minister thanked everybody who had taken part in the talks, which had gone on for three years.",
)
CHINESE = (
    "公司周一表示，董事会已召开会议，审议了一长串申请，并就下一阶段的安排作出了决定。",
    "官员们说，工作将于明年开始，届时将招聘数百名员工，培训也将在当地的学校进行。",
    "部长感谢所有参与谈判的人员，谈判持续了三年之久，双方对结果都表示满意。",
)


def page(title: str, *paragraphs: str, around: str = "") -> bytes:
    """An article among navigation, with a footer."""
    text = "".join(f"<p>{escape(p)}</p>" for p in (*paragraphs, *PARAGRAPHS))
    return (
        f"<!doctype html><html><head><meta charset='utf-8'><title>{escape(title)} | The Desk</title>"
        "<script>var tracking = 'magnets';</script></head><body>"
        f"<nav><ul>{NAVIGATION}</ul></nav>{around}"
        f"<main><article><h1>{escape(title)}</h1>{text}</article></main>"
        f"<aside><h2>Most read</h2><ul>{NAVIGATION}</ul></aside>"
        "<footer>All rights reserved.</footer></body></html>"
    ).encode()


def wall(title: str, text: str, heading: str = "") -> bytes:
    """A short page that is no article."""
    return (
        f"<!doctype html><html><head><title>{title}</title></head>"
        f"<body><h1>{heading or title}</h1><p>{text}</p></body></html>"
    ).encode()


def pdf(pages: Sequence[Sequence[str]], title: str = "") -> bytes:
    """A PDF of one column of lines a page (ISO 32000-1 section 7.5), with its title in the information."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    kids = []
    for lines in pages:
        shown = "".join(f"({line}) Tj 0 -14 Td " for line in lines)
        stream = f"BT /F1 11 Tf 72 720 Td {shown}ET".encode()
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % len(objects)
        )
        kids.append(len(objects))
    named = " ".join(f"{number} 0 R" for number in kids)
    objects[1] = f"<< /Type /Pages /Kids [{named}] /Count {len(kids)} >>".encode()
    objects.append(f"<< /Title ({title}) >>".encode())
    return _file(objects)


def _file(objects: Sequence[bytes]) -> bytes:
    body, places = b"%PDF-1.4\n", []
    for number, written in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, written)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    end = b"trailer\n<< /Size %d /Root 1 0 R /Info %d 0 R >>\n" % (len(objects) + 1, len(objects))
    return body + head + table + end + b"startxref\n%d\n%%%%EOF\n" % len(body)
