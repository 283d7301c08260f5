"""HTML read strictly: every tag closed in its order, what a mail must not have, and all of its links."""

from __future__ import annotations

from html.parser import HTMLParser

# https://html.spec.whatwg.org/multipage/syntax.html#void-elements
VOID = frozenset(
    "area base br col embed hr img input link meta source track wbr".split()  # noqa: SIM905 (a list of names)
)
INLINE = ("a", "b", "span")
FORBIDDEN = frozenset(
    "script img iframe object embed form input button link svg video audio base frame".split()  # noqa: SIM905
)


class Read(HTMLParser):
    """A page as it was read. `faults` are tags that are not closed in order, or twice given attributes."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(page)
        self.close()
        self.faults += [f"<{tag}> is never closed" for tag in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if len({name for name, _ in attrs}) < len(attrs):
            self.faults.append(f"<{tag}> has an attribute twice")
        if tag not in INLINE:
            self.words.append(" ")
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.faults.append(f"</{tag}> closes what is not open")

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] not in ("style", "title"):
            self.words.append(data)

    @property
    def text(self) -> str:
        """What is read on the page, in one line."""
        return " ".join("".join(self.words).split())

    @property
    def links(self) -> list[str]:
        return [attributes["href"] for tag, attributes in self.tags if tag == "a"]

    @property
    def forbidden(self) -> list[str]:
        """Tags and attributes that no mail may have: they fetch, run or send something."""
        found = [tag for tag, _ in self.tags if tag in FORBIDDEN]
        for tag, attributes in self.tags:
            found += [
                f"{tag} {name}" for name in attributes if name.startswith("on") or name in ("src", "srcset")
            ]
            found += [f"{tag} style" for _ in range("url(" in attributes.get("style", ""))]
        return found
