"""The tables, as ordered migrations: one file of SQL each in `migrations/`. Each runs in one
transaction; a shipped one is never edited.

Times are ISO 8601 in UTC with microseconds, so that they sort as text.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlite_utils import Database, Migrations

from monitor.errors import MonitorError

FOLDER = Path(__file__).parent / "migrations"

migrations = Migrations("monitor")


def _add(path: Path) -> None:
    def run(db: Database) -> None:
        for statement in path.read_text("utf-8").split(";\n"):
            if statement.strip():
                db.conn.execute(statement)

    migrations(name=path.stem.split("-", 1)[1])(run)


for _path in sorted(FOLDER.glob("*.sql")):
    _add(_path)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the file up to this release. A file of a later release is refused, not touched."""
    db = Database(connection)
    known = {migration.name for migration in migrations._migrations}
    if "_sqlite_migrations" in db.table_names():
        applied = {m.name for m in migrations.applied(db)}
        if applied - known:
            raise MonitorError("the database was written by a later release of Signal Monitor")
        if applied == known:
            return
    db.conn.execute("BEGIN IMMEDIATE")  # of two that open a new file, the later finds the work done
    try:
        migrations.apply(db)
    except BaseException:
        db.conn.rollback()
        raise
    db.conn.commit()
