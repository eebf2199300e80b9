"""The store's integrity check: SQLite's own, and whether the tables agree with each other."""

from __future__ import annotations

from graph.errors import StoreError
from graph.sqlite_store.connection import Session
from graph.sqlite_store.reader import SqliteSnapshot

#: Each fault as a sentence and the query that finds the rows it is true of, as one text column.
_FAULTS: tuple[tuple[str, str], ...] = (
    (
        "identifiers are indexed for a record that is not live",
        """SELECT ifnull(r.key, 'row ' || p.rid) FROM identifiers p LEFT JOIN records r USING (rid)
           WHERE r.deleted IS NOT 0""",
    ),
    (
        "blocking keys are indexed for a record that is not live",
        """SELECT ifnull(r.key, 'row ' || p.rid) FROM blocking p LEFT JOIN records r USING (rid)
           WHERE r.deleted IS NOT 0""",
    ),
    (
        "a record's identifiers are not those that are indexed",
        """SELECT key FROM records LEFT JOIN (SELECT rid, count(*) AS n FROM identifiers GROUP BY rid) USING (rid)
           WHERE ifnull(n, 0) <> length(hashes) / 8""",
    ),
    (
        "a record's blocking keys are not those that are indexed",
        """SELECT ifnull(key, 'row ' || rid) FROM (
               SELECT rid, sum(n) AS n FROM (
                   SELECT rid, 1 AS n FROM blocking UNION ALL SELECT rid, -length(hashes) / 8 FROM blocked
               ) GROUP BY rid
           ) LEFT JOIN records USING (rid) WHERE n <> 0""",
    ),
    (
        "an assignment is of a record that is not live, and waits for no re-cluster",
        """SELECT record_key FROM assignments LEFT JOIN records ON key = record_key
           WHERE deleted IS NOT 0 AND record_key NOT IN (SELECT key FROM pending)""",
    ),
    (
        "an assignment is to a customer that does not exist",
        "SELECT record_key FROM assignments LEFT JOIN customers ON id = customer WHERE id IS NULL",
    ),
    (
        "a customer's size is not the number of its records",
        """SELECT id FROM customers LEFT JOIN (SELECT customer, count(*) AS n FROM assignments GROUP BY customer)
           ON customer = id WHERE size <> ifnull(n, 0)""",
    ),
    (
        "a redirect leads to a customer that does not exist",
        """SELECT c.id FROM customers c LEFT JOIN customers target ON target.id = c.merged_into
           WHERE c.merged_into IS NOT NULL AND target.id IS NULL""",
    ),
    (
        "a record waits for a re-cluster that does not exist",
        "SELECT p.key FROM pending p LEFT JOIN records r ON r.key = p.key WHERE r.key IS NULL",
    ),
    (
        "a source's counts are not those of its records",
        """SELECT source FROM (
               SELECT source, live, tombstones FROM sources
               UNION ALL
               SELECT substr(key, 1, instr(key, ':') - 1), -(deleted = 0), -(deleted <> 0) FROM records
           ) GROUP BY source HAVING sum(live) <> 0 OR sum(tombstones) <> 0""",
    ),
    (
        "a record's number is above the store's sequence",
        "SELECT key FROM records WHERE sequence > (SELECT sequence FROM store)",
    ),
    (
        "a feed event's number is above the store's sequence",
        "SELECT 'event ' || sequence FROM changes WHERE sequence > (SELECT sequence FROM store)",
    ),
    (
        "a review item is not found by its records",
        """SELECT id FROM review LEFT JOIN (SELECT review_id, count(*) AS n FROM review_records GROUP BY review_id)
           ON review_id = id WHERE ifnull(n, 0) <> (SELECT count(DISTINCT value) FROM json_each(records))""",
    ),
    (
        "the adopted resolution version does not exist",
        """SELECT 'version ' || version FROM store
           WHERE version IS NOT NULL AND version NOT IN (SELECT number FROM versions)""",
    ),
)


def faults(snapshot: SqliteSnapshot) -> list[str]:
    """The faults found, one line each; none means sound. A file too damaged to be searched is a fault as well."""
    session = snapshot.session
    try:
        damage = [str(line) for (line,) in session.rows("PRAGMA quick_check") if line != "ok"]
        return damage or [line for sentence, query in _FAULTS for line in _told(session, sentence, query)]
    except StoreError as error:
        return [str(error)]


def _told(session: Session, sentence: str, query: str) -> list[str]:
    found = session.rows(f"WITH found (name) AS ({query}) SELECT min(name), count(*) FROM found")
    first, number = found[0]
    return [f"{sentence}: {first} ({number} in all)"] if number else []
