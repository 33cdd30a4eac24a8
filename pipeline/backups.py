"""A site in one file: every table and every stored file, written from one snapshot, and read back.

The file is a gzipped tar: ``manifest.json``, then ``tables/NAME.copy`` in PostgreSQL's text format
of COPY, then ``files/NAME``. It needs no program of PostgreSQL's, so that a site on embedded servers
can be moved to others. A file written before an upgrade is read by bringing an empty database to the
schema of that time, loading it, and migrating from there.
"""

from __future__ import annotations

import json
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from psycopg import sql

VERSION = 1
MANIFEST = "manifest.json"
TABLES, FILES = "tables/", "files/"
CHUNK = 1 << 20
# What a table may hold for a database to count as empty: what migrating puts there.
MUST_BE_EMPTY = ("auth_user", "annotate_project")


class BackupError(Exception):
    """A backup that cannot be written or read; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a backup holds: rows in all tables, stored files, and their bytes before packing."""

    tables: int
    rows: int
    files: int
    bytes: int


def _tables() -> dict[str, list[str]]:
    """Each table with the columns that are written, in the order of their names."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT c.relname, array_agg(a.attname ORDER BY a.attnum)
            FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
            WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace
              AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
            GROUP BY c.relname ORDER BY c.relname"""
        )
        return {name: list(columns) for name, columns in cursor.fetchall()}


def _copy(table: str, columns: list[str], direction: str) -> sql.Composed:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL("COPY {} ({}) {}").format(sql.Identifier(table), names, sql.SQL(direction))


def _dump(table: str, columns: list[str], out: IO[bytes]) -> int:
    """Write a table's rows; returns how many there are."""
    with connection.cursor() as cursor:
        with cursor.copy(_copy(table, columns, "TO STDOUT")) as copy:
            for block in copy:
                out.write(block)
        return int(cursor.rowcount)


def _stored(folder: str = "") -> Iterator[str]:
    """The names of all files of the default storage; none where it has no folder yet."""
    try:
        folders, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in sorted(names):
        yield f"{folder}{name}"
    for inner in sorted(folders):
        yield from _stored(f"{folder}{inner}/")


def _add(archive: tarfile.TarFile, name: str, size: int, content: IO[bytes]) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    archive.addfile(member, content)


def write_backup(path: Path) -> Summary:
    """Write the site to a file that must not be there yet. People may go on working meanwhile.

    Tables are read in one repeatable-read transaction; files afterwards, so that every file that a
    row of the snapshot names is among them unless it was deleted since. Raises BackupError.
    """
    if path.exists():
        raise BackupError(f"{path} is there already: name another file, or move it away.")
    part = path.with_name(f"{path.name}.part")
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix="backup-") as folder:
            manifest = _dump_tables(Path(folder))
            with part.open("xb") as raw, tarfile.open(fileobj=raw, mode="w|gz") as archive:
                part.chmod(0o600)
                summary = _pack(archive, manifest, Path(folder))
        part.rename(path)
    except OSError as error:
        raise BackupError(f"The backup could not be written: {error}") from error
    finally:
        part.unlink(missing_ok=True)
    return summary


def _dump_tables(folder: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = {"version": VERSION, "tables": {}}
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        manifest["migrations"] = sorted(MigrationRecorder(connection).applied_migrations())
        for table, columns in _tables().items():
            with (folder / f"{table}.copy").open("wb") as out:
                rows = _dump(table, columns, out)
            manifest["tables"][table] = {"columns": columns, "rows": rows}
    return manifest


def _pack(archive: tarfile.TarFile, manifest: dict[str, Any], folder: Path) -> Summary:
    head = json.dumps(manifest, indent=1).encode()
    _add(archive, MANIFEST, len(head), BytesIO(head))
    size = files = 0
    for table in manifest["tables"]:
        copied = folder / f"{table}.copy"
        with copied.open("rb") as content:
            _add(archive, f"{TABLES}{table}.copy", copied.stat().st_size, content)
        size += copied.stat().st_size
        copied.unlink()
    for name in _stored():
        try:
            stored = default_storage.open(name)
        except FileNotFoundError:  # deleted since it was listed
            continue
        with stored:
            _add(archive, f"{FILES}{name}", stored.size, stored)
        files, size = files + 1, size + stored.size
    rows = sum(row["rows"] for row in manifest["tables"].values())
    return Summary(len(manifest["tables"]), rows, files, size)


def _members(path: Path) -> Iterator[tuple[tarfile.TarInfo, IO[bytes]]]:
    """The members of a backup, one after the other. Raises BackupError for what is none or torn."""
    try:
        with tarfile.open(path, mode="r|gz") as archive:
            for member in archive:
                content = archive.extractfile(member)
                if content is None:
                    raise BackupError(f"{path} is no backup: {member.name!r} is no plain file.")
                yield member, content
    except (tarfile.TarError, EOFError, OSError) as error:
        raise BackupError(f"{path} cannot be read as a backup: {error}") from error


def _checked(path: Path) -> dict[str, Any]:
    """The manifest, after the whole file was read once and everything it names was seen."""
    manifest: dict[str, Any] = {}
    seen = set()
    for member, content in _members(path):
        if not manifest:
            manifest = _manifest(path, member.name, content.read())
        while content.read(CHUNK):
            pass
        seen.add(member.name)
    missing = {f"{TABLES}{table}.copy" for table in manifest.get("tables", {})} - seen
    if not manifest or missing:
        raise BackupError(f"{path} is not whole: {', '.join(sorted(missing)) or 'it is empty'}.")
    return manifest


def _manifest(path: Path, name: str, text: bytes) -> dict[str, Any]:
    try:
        manifest = json.loads(text) if name == MANIFEST else None
    except ValueError:
        manifest = None
    if not isinstance(manifest, dict) or manifest.get("version") != VERSION:
        raise BackupError(f"{path} is no backup that this version of Vouch can read.")
    return manifest


def restore_backup(path: Path) -> Summary:
    """Fill an empty site from a backup, and bring it to the present schema.

    The database must hold nobody and no project, and is left as it was found when anything fails;
    files follow once the rows are in, and replace what stands under their names. Raises BackupError.
    """
    manifest = _checked(path)
    then = {(app, name) for app, name in manifest["migrations"]}
    newer = then - set(MigrationExecutor(connection).loader.graph.nodes)
    if newer:
        raise BackupError(
            f"The backup is of a newer Vouch: this one does not know {sorted(newer)[-1]}. Upgrade first."
        )
    _refuse_unless_empty()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        _migrate_to(then)
        rows = _load_tables(path, manifest)
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())
    files, size = _load_files(path)
    return Summary(len(manifest["tables"]), rows, files, size)


def _refuse_unless_empty() -> None:
    known = set(connection.introspection.table_names())
    for table in MUST_BE_EMPTY:
        if table not in known:
            continue
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(sql.Identifier(table)))
            if cursor.fetchone():
                raise BackupError(
                    "This site is in use: restore into an empty one (VOUCH_DEMO=0 makes none of "
                    "the demo), or name another database in DATABASE_URL."
                )


def _migrate_to(applied: set[tuple[str, str]]) -> None:
    """Bring an empty database to where exactly these migrations are applied."""
    executor = MigrationExecutor(connection)
    graph = executor.loader.graph
    leaves = [
        node for node in sorted(applied)
        if not any(child.key in applied and child.key[0] == node[0]
                   for child in graph.node_map[node].children)
    ]  # fmt: skip
    executor.migrate(leaves)


def _load_tables(path: Path, manifest: dict[str, Any]) -> int:
    """Replace what migrating put into the tables by what the backup holds; returns the rows."""
    here = _tables()
    for table, row in manifest["tables"].items():
        if set(row["columns"]) != set(here.get(table, [])):
            raise BackupError(f"The table {table} of the backup is not the one of its migrations.")
    quoted = [sql.Identifier(table) for table in manifest["tables"]]
    rows = 0
    with connection.cursor() as cursor:
        # Migrations leave some of them immediate, and tables come by name, not by who refers to whom.
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute(sql.SQL("TRUNCATE {} CASCADE").format(sql.SQL(", ").join(quoted)))
        for name in quoted:
            # History is in the backup: the triggers that write it would write it twice.
            cursor.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(name))
        for member, content in _members(path):
            table = member.name.removeprefix(TABLES).removesuffix(".copy")
            if member.name.startswith(TABLES) and table in manifest["tables"]:
                rows += _load(table, manifest["tables"][table], content)
        # Foreign keys are looked at now; triggers cannot be enabled while checks wait.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for name in quoted:
            cursor.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(name))
    _set_sequences()
    return rows


def _load(table: str, row: dict[str, Any], content: IO[bytes]) -> int:
    with connection.cursor() as cursor:
        with cursor.copy(_copy(table, row["columns"], "FROM STDIN")) as copy:
            while block := content.read(CHUNK):
                copy.write(block)
        if cursor.rowcount != row["rows"]:
            raise BackupError(f"{table} has {cursor.rowcount} rows instead of {row['rows']}.")
        return int(row["rows"])


def _set_sequences() -> None:
    """Let every sequence go on after the highest key of its column."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT c.relname, a.attname, s.oid::regclass::text
            FROM pg_class s JOIN pg_depend d ON d.objid = s.oid AND d.deptype IN ('a', 'i')
            JOIN pg_class c ON c.oid = d.refobjid
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid
            WHERE s.relkind = 'S' AND c.relnamespace = current_schema()::regnamespace"""
        )
        for table, column, sequence in cursor.fetchall():
            cursor.execute(
                sql.SQL("SELECT setval(%s, coalesce(max({}), 0) + 1, false) FROM {}").format(
                    sql.Identifier(column), sql.Identifier(table)
                ),
                [sequence],
            )


def _load_files(path: Path) -> tuple[int, int]:
    """Store the files; returns how many and their bytes."""
    files = size = 0
    for member, content in _members(path):
        if not member.name.startswith(FILES):
            continue
        name = member.name.removeprefix(FILES)
        if default_storage.exists(name):
            default_storage.delete(name)
        with tempfile.TemporaryFile() as held:  # a stream cannot be rewound, which storages do
            while block := content.read(CHUNK):
                held.write(block)
            held.seek(0)
            default_storage.save(name, File(held, name=name))
        files, size = files + 1, size + member.size
    return files, size
