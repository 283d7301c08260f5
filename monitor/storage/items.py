"""Tables `items`, `revisions` and the full-text index over them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from monitor import searching
from monitor.model import Entry, Item
from monitor.storage.database import Database, places
from monitor.storage.moments import moment, moment_or_none, stamp, stamp_or_none
from monitor.text import fold, searchable

_CHUNK = 400
_PAGE = 2000


@dataclass(frozen=True, slots=True)
class Within:
    """Where to look: in items of these sources and languages, published since then; None is everywhere."""

    sources: frozenset[str] | None = None
    langs: frozenset[str] | None = None
    since: datetime | None = None

    @property
    def conditions(self) -> tuple[str, list[str]]:
        """As SQL on `items i`, and its values."""
        said, values = "", list[str]()
        for column, wanted in (("source", self.sources), ("lang", self.langs)):
            if wanted is not None:
                said += f" AND i.{column} IN ({places(wanted)})"
                values += sorted(wanted)
        if self.since:
            said += " AND coalesce(i.published, i.first_seen) >= ?"
            values.append(stamp(self.since))
        return said, values


EVERYWHERE = Within()


class Items:
    def __init__(self, db: Database) -> None:
        self._db = db

    def known(self, source: str, entries: Sequence[Entry]) -> dict[str, Item]:
        """The filed items that these entries may be, by key and by alias.

        The alias of one item and the key of another never collide: one is a hash of 32 digits
        marked with `alias:`.
        """
        found: dict[str, Item] = {}
        for start in range(0, len(entries), _CHUNK):
            part = entries[start : start + _CHUNK]
            for column, values in (
                ("key", [e.key for e in part]),
                ("alias", [e.alias for e in part]),
            ):
                sql = f"SELECT * FROM items WHERE source = ? AND {column} IN ({places(values)})"  # noqa: S608
                for row in self._db.query(sql, [source, *values]):
                    name = row["key"] if column == "key" else f"alias:{row['alias']}"
                    found[name] = _item(row)
        return found

    def filed(self, source: str, keys: Iterable[str]) -> set[str]:
        """Those of these keys under which something was filed."""
        sql = "SELECT 1 FROM items WHERE source = ? AND key = ?"
        return {key for key in keys if self._db.execute(sql, [source, key]).fetchone()}

    def add(
        self, source: str, entry: Entry, lang: str, now: datetime, *, backfilled: bool = False
    ) -> Item | None:
        """File a new entry. None where another process filed it meanwhile.

        It is first seen now; what is `backfilled`, when it was published, as far as that is known.
        """
        seen = min(entry.published or now, now) if backfilled else now
        cursor = self._db.conn.execute(
            """INSERT OR IGNORE INTO items
               (source, key, alias, link, title, text, lang, published, first_seen, backfilled)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            [
                source,
                entry.key,
                entry.alias,
                entry.link,
                entry.title,
                entry.text,
                lang,
                stamp_or_none(entry.published),
                stamp(seen),
                backfilled,
            ],
        )
        if not cursor.rowcount:
            return None
        number = int(cursor.lastrowid or 0)
        self._index(number, entry.title, entry.text)
        return Item(number, source, entry.link, entry.title, entry.text, lang, entry.published, seen)

    def revise(self, old: Item, entry: Entry, lang: str, now: datetime) -> Item:
        """Put an edited entry in the place of what was filed, which is kept as a revision."""
        self._db.conn.execute(
            "INSERT INTO revisions (item, number, link, title, text, replaced) VALUES (?,?,?,?,?,?)",
            [old.id, old.revision, old.link, old.title, old.text, stamp(now)],
        )
        self._db.conn.execute(
            """UPDATE items SET alias = ?, link = ?, title = ?, text = ?, lang = ?,
                   revision = revision + 1 WHERE id = ?""",
            [entry.alias, entry.link, entry.title, entry.text, lang, old.id],
        )
        self._db.conn.execute(
            "INSERT INTO items_search (items_search, rowid, title, text) VALUES ('delete', ?, ?, ?)",
            [old.id, searchable(old.title), searchable(old.text)],
        )
        self._index(old.id, entry.title, entry.text)
        return replace(
            old, link=entry.link, title=entry.title, text=entry.text, lang=lang,
            revision=old.revision + 1,
        )  # fmt: skip

    def by_title(self, source: str) -> dict[str, Item]:
        """The source's latest items by `title:` and folded title; a title that came twice is none."""
        sql = "SELECT * FROM items WHERE source = ? ORDER BY id DESC LIMIT ?"
        found = [_item(row) for row in self._db.query(sql, [source, _PAGE])]
        titles = Counter(fold(item.title).text for item in found)
        return {f"title:{t}": item for item in found if titles[t := fold(item.title).text] == 1}

    def renumber(self, old: Item, entry: Entry) -> None:
        """Give a filed item the identity and link it has now."""
        self._db.conn.execute(
            "UPDATE OR IGNORE items SET key = ?, alias = ?, link = ? WHERE id = ?",
            [entry.key, entry.alias, entry.link, old.id],
        )

    def _index(self, number: int, title: str, text: str) -> None:
        self._db.conn.execute(
            "INSERT INTO items_search (rowid, title, text) VALUES (?, ?, ?)",
            [number, searchable(title), searchable(text)],
        )

    def get(self, number: int) -> Item | None:
        for row in self._db.query("SELECT * FROM items WHERE id = ?", [number]):
            return _item(row)
        return None

    def get_many(self, numbers: Collection[int]) -> list[Item]:
        """Items by their numbers, in that order; those there are none of are left out."""
        sql = f"SELECT * FROM items WHERE id IN ({places(numbers)})"  # noqa: S608
        found = {row["id"]: _item(row) for row in self._db.query(sql, [*numbers])}
        return [found[number] for number in numbers if number in found]

    def key(self, number: int) -> str:
        """What an item is known by in its source; empty where there is none such."""
        row = self._db.execute("SELECT key FROM items WHERE id = ?", [number]).fetchone()
        return str(row[0]) if row else ""

    def by_link(self, links: Iterable[str]) -> list[Item]:
        """Items whose link is one of `links`, newest first."""
        wanted = list(links)
        sql = f"SELECT * FROM items WHERE link IN ({places(wanted)}) ORDER BY first_seen DESC"  # noqa: S608
        return [_item(row) for row in self._db.query(sql, wanted)]

    def search(
        self, words: str, limit: int, only: Within = EVERYWHERE, *, best: bool = False, skip: int = 0
    ) -> list[Item]:
        """Items that hold all of the words, newest first, or `best` those that are most about them. Words in
        quotes stand together."""
        asked = searching.query(searching.phrases(words))
        if not asked:
            return []
        where, values = only.conditions
        order = "f.rank" if best else "coalesce(i.published, i.first_seen) DESC"
        sql = f"""SELECT i.id FROM items_search f JOIN items i ON i.id = f.rowid
                  WHERE items_search MATCH ? {where} ORDER BY {order}, i.id DESC LIMIT ? OFFSET ?"""  # noqa: S608
        return self.get_many([row[0] for row in self._db.execute(sql, [asked, *values, limit, skip])])

    def numbers(self, words: str, only: Within = EVERYWHERE, *, best: bool = False) -> Iterator[int]:
        """The numbers of all that `search` finds, in its order; without words those of all items, what was
        filed last first."""
        asked = searching.query(searching.phrases(words))
        where, values = only.conditions
        order = "f.rank" if best else "coalesce(i.published, i.first_seen) DESC"
        sql = f"""SELECT i.id FROM items_search f JOIN items i ON i.id = f.rowid
                  WHERE items_search MATCH ? {where} ORDER BY {order}, i.id DESC"""  # noqa: S608
        every = f"SELECT i.id FROM items i WHERE 1 {where} ORDER BY i.id DESC"  # noqa: S608
        found = self._db.execute(sql, [asked, *values]) if asked else self._db.execute(every, values)
        return (row[0] for row in found)

    def latest(self, source: str, limit: int) -> list[Item]:
        """What was filed of a source last, the newest first."""
        sql = """SELECT * FROM items WHERE source = ?
                 ORDER BY first_seen DESC, published DESC, id LIMIT ?"""
        return [_item(row) for row in self._db.query(sql, [source, limit])]

    def newest_from(self, sources: Iterable[str]) -> dict[str, Item]:
        """What was filed last of each of these sources, as `latest` has it."""
        sql = "SELECT id FROM items WHERE source = ? ORDER BY first_seen DESC, published DESC, id LIMIT 1"
        rows = (self._db.execute(sql, [source]).fetchone() for source in sources)
        found: list[Item] = []
        numbers = [row[0] for row in rows if row]
        for start in range(0, len(numbers), _CHUNK):
            found += self.get_many(numbers[start : start + _CHUNK])
        return {item.source: item for item in found}

    def per_source(self, since: datetime) -> dict[str, int]:
        """How many items of each source were first seen since then."""
        sql = "SELECT source, count(*) FROM items WHERE first_seen >= ? GROUP BY source"
        return dict(self._db.execute(sql, [stamp(since)]).fetchall())

    def per_day(self, source: str, start: datetime) -> dict[int, int]:
        """How many items of a source were first seen since then, by how many whole days after it."""
        sql = """SELECT (strftime('%s', first_seen) - strftime('%s', ?)) / 86400 AS day, count(*)
                 FROM items WHERE source = ? AND first_seen >= ? GROUP BY day"""
        return dict(self._db.execute(sql, [stamp(start), source, stamp(start)]).fetchall())

    def seen_at(self, source: str, moment: datetime) -> int:
        """How many items of a source one poll filed, which was at that moment."""
        sql = "SELECT count(*) FROM items WHERE source = ? AND first_seen = ? AND NOT backfilled"
        return int(self._db.execute(sql, [source, stamp(moment)]).fetchone()[0])

    def since(self, start: datetime) -> Iterator[Item]:
        """Every item first seen from a moment on, in that order; `revision` is left at 1.

        A page at a time: memory stays bounded, and between pages another process may write.
        """
        after = stamp(start), 0
        while True:
            sql = """SELECT id, source, link, title, text, lang, published, first_seen FROM items
                     WHERE (first_seen, id) > (?, ?) ORDER BY first_seen, id LIMIT ?"""
            rows = self._db.conn.execute(sql, [*after, _PAGE]).fetchall()
            for number, source, link, title, text, lang, published, seen in rows:
                dates = moment_or_none(published), moment(seen)
                yield Item(number, source, link, title, text, lang, *dates)
            if len(rows) < _PAGE:
                return
            after = rows[-1][7], rows[-1][0]

    def floor_of(self, count: int, since: datetime) -> datetime:
        """From when on the newest so many were first seen of those of a moment and later."""
        sql = "SELECT first_seen FROM items WHERE first_seen >= ? ORDER BY first_seen DESC LIMIT 1 OFFSET ?"
        row = self._db.execute(sql, [stamp(since), count - 1]).fetchone()
        return moment(row[0]) if row else since

    def began(self) -> datetime | None:
        """When polling filed its first item."""
        sql = "SELECT first_seen FROM items WHERE NOT backfilled ORDER BY id LIMIT 1"
        row = self._db.execute(sql).fetchone()
        return moment(row[0]) if row else None

    def published(self, source: str, since: datetime) -> list[datetime]:
        """When what is filed of a source was published, from a moment on; what has no date is left out."""
        rows = self._db.execute(
            "SELECT published FROM items WHERE source = ? AND published >= ?", [source, stamp(since)]
        )
        return [moment(row[0]) for row in rows]

    def newest(self) -> datetime | None:
        """When the last item was first seen."""
        return moment_or_none(self._db.execute("SELECT max(first_seen) FROM items").fetchone()[0])

    def polled(self, since: datetime, until: datetime) -> int:
        """How many items polling filed in [since, until)."""
        sql = "SELECT count(*) FROM items WHERE first_seen >= ? AND first_seen < ? AND NOT backfilled"
        return int(self._db.execute(sql, [stamp(since), stamp(until)]).fetchone()[0])

    def count(self, since: datetime, until: datetime) -> int:
        """How many items were first seen in [since, until)."""
        sql = "SELECT count(*) FROM items WHERE first_seen >= ? AND first_seen < ?"
        return int(self._db.execute(sql, [stamp(since), stamp(until)]).fetchone()[0])


def _item(row: dict[str, Any]) -> Item:
    return Item(
        id=row["id"],
        source=row["source"],
        link=row["link"],
        title=row["title"],
        text=row["text"],
        lang=row["lang"],
        published=moment_or_none(row["published"]),
        first_seen=moment(row["first_seen"]),
        revision=row["revision"],
    )
