"""The triggers that append changes of counts: exact for every statement, also for repairs and for SQL by hand.

Each statement appends one row for each count that it changed, so a batch costs as much as a row. Counts are named
TABLE, TABLE.bytes, or work.STEP.STATE for work in a final state; their key is the channel, or 0.

The migration 20261129_counters runs these statements: another form of them needs a migration and a module of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

FINAL = "state IN ('done', 'skipped', 'unknown', 'dead')"
# Table -> (function, columns whose update by hand moves a row to another count, kept apart since no step updates them).
TABLES = {
    "posts": ("count_by_channel", ("channel_id",)),
    "publications": ("count_by_channel", ("channel_id",)),
    "media_files": ("count_media_files", ("size",)),
    "left_out_media": ("count_left_out_media", ("channel_id", "bytes")),
    "work": ("count_work", ()),
}
# Of a table: (name of the count, its key, the value of one row).
COUNTS = {
    "count_by_channel": (("TG_TABLE_NAME", "channel_id", "1"),),
    "count_media_files": (("'media_files'", "0", "1"), ("'media_files.bytes'", "0", "size")),
    "count_left_out_media": (
        ("'left_out_media'", "channel_id", "1"),
        ("'left_out_media.bytes'", "channel_id", "bytes"),
    ),
    "count_work": ((f"CASE WHEN {FINAL} THEN 'work.' || step || '.' || state END", "0", "1"),),
}
TRUNCATED = """
CREATE FUNCTION count_none() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  DELETE FROM counters WHERE split_part(name, '.', 1) = TG_TABLE_NAME;
  DELETE FROM counter_deltas WHERE split_part(name, '.', 1) = TG_TABLE_NAME;
  RETURN NULL;
END $$
"""


def functions() -> Iterator[str]:
    """The statements that create the functions of the triggers."""
    for name in COUNTS:
        yield _function(name)
    yield TRUNCATED


def triggers(table: str) -> dict[str, str]:
    """Name -> statement that creates it, of each trigger on a table."""
    function, columns = TABLES[table]
    after = {
        "insert": "INSERT ON {} REFERENCING NEW TABLE AS added FOR EACH STATEMENT",
        "delete": "DELETE ON {} REFERENCING OLD TABLE AS removed FOR EACH STATEMENT",
        "update": "UPDATE ON {} REFERENCING NEW TABLE AS added OLD TABLE AS removed FOR EACH STATEMENT",
        "truncate": "TRUNCATE ON {} FOR EACH STATEMENT",
    }
    if columns:
        changed = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)
        after["update"] = f"UPDATE OF {', '.join(columns)} ON {{}} FOR EACH ROW WHEN ({changed})"
    calls = {kind: "count_none" if kind == "truncate" else function for kind in after}
    return {
        f"count_{table}_{kind}": f"CREATE TRIGGER count_{table}_{kind} AFTER {when.format(table)}"
        f" EXECUTE FUNCTION {calls[kind]}()"
        for kind, when in after.items()
    }


def _function(name: str) -> str:
    """A function for all triggers of a table. A branch that does not run may name transition tables that are not there.

    SET search_path: the tables are found whatever the session of a person says.
    """
    return f"""
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF TG_LEVEL = 'ROW' THEN
    {_append(name, "(SELECT NEW.*)", "(SELECT OLD.*)")}
  ELSIF TG_OP = 'INSERT' THEN
    {_append(name, "added", None)}
  ELSIF TG_OP = 'DELETE' THEN
    {_append(name, None, "removed")}
  ELSE
    {_append(name, "added", "removed")}
  END IF;
  RETURN NULL;
END $$
"""


def _append(name: str, added: str | None, removed: str | None) -> str:
    """The statement that appends the changes by these rows. Zeros are left out, and so are rows without a count."""
    rows = [
        f"SELECT {count} AS name, {key} AS key, {sign}{value} AS change FROM {table} AS rows"
        for count, key, value in COUNTS[name]
        for sign, table in (("", added), ("-", removed))
        if table is not None
    ]
    return (
        f"INSERT INTO counter_deltas (name, key, change) SELECT name, key, sum(change)"
        f" FROM ({' UNION ALL '.join(rows)}) AS changes WHERE name IS NOT NULL GROUP BY name, key"
        f" HAVING sum(change) <> 0 ORDER BY name, key;"
    )
