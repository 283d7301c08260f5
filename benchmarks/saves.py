"""Drafts of a watchlist sent to the editor of a desk as a browser without script sends them."""

from __future__ import annotations

import html
import re
import statistics
import time
from collections.abc import Callable

import httpx

_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
_TEXT = re.compile(r'<textarea[^>]*name="text"[^>]*>\n?(.*?)</textarea>', re.DOTALL)


class Browser:
    """Sends what the pages of one desk ask for; `base` ends with a slash."""

    def __init__(self, base: str, watchlist: str) -> None:
        self._base, self._path = base, f"watchlists/{watchlist}/edit"
        self._client = httpx.Client(base_url=base, timeout=60, headers={"Origin": base.rstrip("/")})
        self._drafts = 0

    def close(self) -> None:
        self._client.close()

    def send(self, do: str) -> float:
        """Try or save a draft that nobody sent before; answers the milliseconds until the answer is there."""
        page = self._client.get(self._path, params={"view": "yaml"}).text
        inside = page.partition('id="editor"')[2]
        fields = {name: html.unescape(value) for name, value in _HIDDEN.findall(inside)}
        (text,) = _TEXT.findall(inside)
        self._drafts += 1
        fields |= {"text": f"{html.unescape(text)}\n# draft {self._drafts}\n", "do": do}
        return self._taken(lambda: self._client.post(self._path, data=fields))

    def compare(self) -> float:
        """Compare the zip of all files with what is here."""
        packed = self._client.get("watchlists.zip").content
        token = dict(_HIDDEN.findall(self._client.get("watchlists/import").text))["token"]
        data, files = {"token": token}, {"zip": ("watchlists.zip", packed)}
        return self._taken(lambda: self._client.post("watchlists/import", data=data, files=files))

    def _taken(self, send: Callable[[], httpx.Response]) -> float:
        started = time.perf_counter()
        answer = send()
        taken = (time.perf_counter() - started) * 1000
        if answer.status_code >= 400:
            raise SystemExit(f"the desk refused a draft: {answer.status_code}")
        return taken


def measured(base: str, watchlist: str, floor: float, runs: int) -> dict[str, float]:
    """The median of each, in milliseconds, printed beside the floor."""
    found = {}
    browser = Browser(base, watchlist)
    works: tuple[tuple[str, Callable[[], float]], ...] = (
        ("a draft tried", lambda: browser.send("try")),
        ("a draft saved", lambda: browser.send("save")),
        ("a zip of all compared", browser.compare),
    )
    for name, work in works:
        taken = [work() for _ in range(runs)]
        found[name] = statistics.median(taken)
        print(f"  {name:36}{min(taken):8.1f}{found[name]:8.1f}  ms  {found[name] / floor:6.1f} x floor")
    browser.close()
    return found
