"""Watchlists out as a zip, and in from one: looked at first, then saved, or not at all (fault 88)."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from monitor.bundle import unpacked
from tests import rules
from tests.rules import MAGNETS
from tests.test_bundle import HOSTILE
from tests.webdesk import Desk
from tests.webpages import PASSWORD, Pages
from tests.zips import GOOD, zipped

GALLIUM = MAGNETS.replace("watchlist: magnets", "watchlist: gallium").encode()
NEEDING = GALLIUM.replace(b"any: [approved", b'any: ["@gallium", approved')
MARKUP = '"><script>alert(1)</script>'
IMPORT = "/watchlists/import"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.close()


@pytest.fixture
def pages(desk: Desk) -> Pages:
    return desk.pages()


def parts(fields: dict[str, str], body: bytes, boundary: str = "x--x", name: str = "zip") -> bytes:
    """A form with a file in it, as a browser sends it (RFC 7578)."""
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="'
    told = "".join(f'{head}{key}"\r\n\r\n{value}\r\n' for key, value in fields.items())
    file = f'{head}{name}"; filename="w.zip"\r\nContent-Type: application/zip\r\n\r\n'
    return told.encode() + file.encode() + body + f"\r\n--{boundary}--\r\n".encode()


def brought(pages: Pages, body: bytes, **headers: str) -> httpx.Response:
    """What the page says to a zip."""
    fields = {"token": pages.form_token(headers.get("Cookie", ""))}
    kind = "multipart/form-data; boundary=x--x"
    return pages.ask("POST", IMPORT, body=parts(fields, body), Content_Type=kind, **headers)


def saved(pages: Pages, looked: httpx.Response, *, but: str = "", **more: str) -> httpx.Response:
    """What a press on the button does: everything that is ticked is sent."""
    fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', looked.text))
    ticked = [one for one in re.findall(r'name="file" value="([^"]+)" checked', looked.text) if one != but]
    body = httpx.QueryParams([*(fields | more).items(), *(("file", one) for one in ticked)])
    kind = "application/x-www-form-urlencoded"
    return pages.ask("POST", IMPORT, body=str(body).encode(), Content_Type=kind)


def shown(answer: httpx.Response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def said(desk: Desk) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in desk.files.iterdir() if path.suffix == ".yaml"}


# ------------------------------------------------------------------ out


def test_a_zip_has_every_file_to_the_byte(desk: Desk, pages: Pages) -> None:
    answer = pages.get("/watchlists.zip")
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == 'attachment; filename="watchlists.zip"'
    assert unpacked(answer.content) == said(desk)
    assert pages.get("/watchlists.zip").content == answer.content


def test_a_file_that_is_called_otherwise_stays_where_it_is(desk: Desk, pages: Pages) -> None:
    (desk.files / "My List.yaml").write_bytes(GOOD)
    assert sorted(unpacked(pages.get("/watchlists.zip").content)) == ["magnets.yaml", "sources.yaml"]


def test_what_went_out_comes_in_as_the_same(desk: Desk, pages: Pages) -> None:
    text = shown(brought(pages, pages.get("/watchlists.zip").content))
    assert "The same as here: magnets.yaml, sources.yaml." in text
    assert "There is nothing in it to save." in text


# ------------------------------------------------------------------ in


def test_each_file_is_shown_beside_what_is_here_and_nothing_is_saved(desk: Desk, pages: Pages) -> None:
    before = said(desk)
    changed = MAGNETS.replace("alert: 60", "alert: 75").encode()
    bad = GALLIUM.replace(b"gallium", b"bad").replace(b"alert: 60", b"alret: 60")
    body = zipped(("magnets.yaml", changed), ("gallium.yaml", GALLIUM), ("bad.yaml", bad))
    answer = brought(pages, body)
    text = shown(answer)
    assert answer.status_code == 200
    assert "3 files in the zip. Nothing is saved yet." in text
    line = MAGNETS[: MAGNETS.index("alert: 60")].count("\n") + 1
    assert f"bad.yaml:{line} unknown key 'alret' (did you mean 'alert'?)" in text.replace("&#39;", "'")
    assert "<ins>alert: 75</ins>" in answer.text
    assert "<del>alert: 60</del>" in answer.text
    assert re.findall(r'name="file" value="([^"]+)"', answer.text) == ["gallium.yaml", "magnets.yaml"]
    assert said(desk) == before


def test_one_press_saves_what_is_ticked_each_in_the_history(desk: Desk, pages: Pages) -> None:
    changed = MAGNETS.replace("alert: 60", "alert: 75").encode()
    looked = brought(pages, zipped(("magnets.yaml", changed), ("gallium.yaml", GALLIUM)))
    answer = saved(pages, looked, why="from the other office")
    assert (answer.status_code, answer.headers["location"]) == (303, "../watchlists/import?edits=1,2")
    assert said(desk)["magnets.yaml"] == changed
    assert said(desk)["gallium.yaml"] == GALLIUM
    assert {one.id for one in desk.app.in_force.watchlists} == {"gallium", "magnets"}
    text = shown(pages.get(f"{IMPORT}?edits=1,2"))
    assert "2 files were saved, and are in force." in text
    assert "gallium.yaml: new, edit 1 , which can be taken back there" in text
    with pages.storage() as storage:
        edits = storage.edits.latest(9)
    assert {(one.who, one.why) for one in edits} == {("ann on the web page", "from the other office")}


def test_what_is_not_ticked_stays(desk: Desk, pages: Pages) -> None:
    looked = brought(
        pages, zipped(("gallium.yaml", GALLIUM), ("boron.yaml", GALLIUM.replace(b"gallium", b"boron")))
    )
    saved(pages, looked, but="boron.yaml")
    assert sorted(said(desk)) == ["gallium.yaml", "magnets.yaml", "sources.yaml"]


def test_a_file_that_needs_another_is_saved_after_it(desk: Desk, pages: Pages) -> None:
    concepts = b"concepts:\n  gallium:\n    about: A metal.\n    terms: {en: [gallium]}\n"
    looked = brought(pages, zipped(("gallium.yaml", NEEDING), ("concepts.yaml", concepts)))
    assert "with mistakes" not in looked.text
    assert saved(pages, looked).status_code == 303
    assert said(desk)["gallium.yaml"] == NEEDING


def test_who_changed_a_file_meanwhile_is_not_overwritten(desk: Desk, pages: Pages) -> None:
    changed = MAGNETS.replace("alert: 60", "alert: 75").encode()
    looked = brought(pages, zipped(("magnets.yaml", changed), ("gallium.yaml", GALLIUM)))
    by_hand = MAGNETS.replace("digest: 40", "digest: 45").encode()
    (desk.files / "magnets.yaml").write_bytes(by_hand)
    answer = saved(pages, looked)
    assert answer.status_code == 409
    assert "magnets.yaml was changed by hand" in shown(answer)
    assert "nothing was overwritten" in shown(answer)
    assert "1 file was saved, and is in force." in shown(answer)
    assert said(desk)["magnets.yaml"] == by_hand
    assert said(desk)["gallium.yaml"] == GALLIUM


def test_what_would_break_another_file_is_told_before(desk: Desk, pages: Pages) -> None:
    concepts = "concepts:\n  gallium:\n    about: A metal.\n    terms: {{en: [{}]}}\n"
    rules.write(desk.files, concepts=concepts.format("gallium"))
    (desk.files / "gallium.yaml").write_bytes(NEEDING)
    body = zipped(("concepts.yaml", b"concepts:\n  boron:\n    about: A metal.\n    terms: {en: [boron]}\n"))
    looked = brought(pages, body)
    assert "All together they would break what is here: gallium.yaml:" in shown(looked)
    answer = saved(pages, looked)
    assert answer.status_code == 409
    assert said(desk)["concepts.yaml"] == concepts.format("gallium").encode()


# ------------------------------------------------------------------ what is not sound


@pytest.mark.parametrize("name", [name for name, (body, _) in HOSTILE.items() if body])
def test_a_zip_that_is_not_sound_changes_nothing(desk: Desk, pages: Pages, name: str) -> None:
    body, says = HOSTILE[name]
    before = {path: path.stat().st_mtime_ns for path in desk.folder.rglob("*.yaml")}
    for answer in (
        brought(pages, body),
        pages.post(
            IMPORT, {"do": "save", "packed": base64.urlsafe_b64encode(body).decode(), "file": "good.yaml"}
        ),
    ):
        assert answer.status_code == 400, name
        assert says in shown(answer)
    assert {path: path.stat().st_mtime_ns for path in desk.folder.rglob("*.yaml")} == before
    with pages.storage() as storage:
        assert storage.edits.latest(1) == []


def test_only_a_file_of_the_zip_can_be_saved(desk: Desk, pages: Pages) -> None:
    packed = base64.urlsafe_b64encode(zipped(("good.yaml", MAGNETS.encode()))).decode()
    for file in ("../evil.yaml", "other.yaml", "/etc/passwd", ""):
        answer = pages.post(IMPORT, {"do": "save", "packed": packed, "file": file})
        assert (answer.status_code, "nothing was saved" in shown(answer)) == (400, True)
    assert sorted(said(desk)) == ["magnets.yaml", "sources.yaml"]


@pytest.mark.parametrize("packed", ["", "%", "AAAA", "é", "A" * 7])
def test_what_was_carried_and_is_no_zip_is_refused(pages: Pages, packed: str) -> None:
    assert pages.post(IMPORT, {"do": "save", "packed": packed, "file": "good.yaml"}).status_code == 400


def test_hostile_words_are_shown_as_text(pages: Pages) -> None:
    body = zipped((f"{MARKUP}.yaml", MARKUP.encode()))
    assert "<script>alert" not in brought(pages, body).text
    looked = brought(pages, zipped(("good.yaml", f"name: '{MARKUP}'\n{MARKUP}: 1\n".encode())))
    assert (looked.status_code, "<script>alert" in looked.text) == (200, False)
    assert pages.get(f"{IMPORT}?edits={MARKUP}99999999999999999999,1").status_code == 200


# ------------------------------------------------------------------ the form


def test_a_form_with_a_file_needs_the_token_like_any_other(desk: Desk, pages: Pages) -> None:
    body = zipped(("gallium.yaml", GALLIUM))
    kind = "multipart/form-data; boundary=x--x"
    for fields in ({}, {"token": "no"}):
        assert pages.ask("POST", IMPORT, body=parts(fields, body), Content_Type=kind).status_code == 403
    assert brought(pages, body, Sec_Fetch_Site="cross-site").status_code == 403
    assert brought(pages, body).status_code == 200


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"--x--x\r\n"),
        ("multipart/form-data; boundary=x--x", b""),
        ("multipart/form-data; boundary=x--x", b"nothing of the kind"),
        ("multipart/form-data; boundary=x--x", parts({}, b"PK")[:-12]),
        ("multipart/form-data; boundary=x--x", parts({"a": "b"}, b"").replace(b'name="a"', b'name="\xff"')),
        ("multipart/form-data; boundary=x--x", parts({f"a{n}": "" for n in range(2_001)}, b"")),
        ("multipart/form-data; boundary=" + "x" * 300, b"--x"),
    ],
)
def test_a_form_that_is_none_is_told_so(pages: Pages, kind: str, body: bytes) -> None:
    answer = pages.ask("POST", IMPORT, body=body, Content_Type=kind)
    assert answer.status_code == 400


def test_a_form_that_is_too_long_is_told_so(pages: Pages) -> None:
    assert brought(pages, b"0" * 2_000_001).status_code == 413


def test_a_form_without_a_file_asks_for_one(pages: Pages) -> None:
    answer = brought(pages, b"")
    assert (answer.status_code, "Choose a zip of watchlists first." in shown(answer)) == (400, True)


def test_to_look_changes_nothing_and_is_for_those_who_are_let_in(desk: Desk, tmp_path: Path) -> None:
    assert desk.pages().get(IMPORT).status_code == 200
    locked = Pages(tmp_path / "monitor.db", password=PASSWORD)
    for path in (IMPORT, "/watchlists.zip"):
        assert locked.get(path).status_code in (303, 401)
