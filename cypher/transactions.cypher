// How writers take turns, and how readers notice that a write was committed meanwhile.
//
// Every statement that reads gathers its rows, as lists, and ends with AS rows; the loader puts the section "answer"
// behind it.

// == answer ==
// Answer the rows gathered; then, since collect() must have ended first, the schema and the adopted version, and last the
// commits begun and done. When these are equal, and the same as before the statement ran, no commit came between.
MATCH (s:WhographStore {name: 'store'})
WITH rows, s.schema AS schema, s.version AS version
MATCH (mark:WhographStore {name: 'commit'})
RETURN rows, mark.begun, mark.done, schema, version;

// == lock_store ==
// Begin a write: the SET takes the write lock on the one store node, so that writers follow each other; what is read
// after it is the newest state.
MATCH (s:WhographStore {name: 'store'})
SET s.locked = true
WITH s
MATCH (mark:WhographStore {name: 'commit'})
RETURN s.sequence, s.quarantined, s.generation, s.version, COUNT { (:Decision) }, COUNT { (:Pending) },
       s.schema, mark.begun, mark.done;

// == save_counters ==
// End a write: the counters that it raised.
MATCH (s:WhographStore {name: 'store'})
SET s.sequence = $sequence, s.quarantined = $quarantined;

// == begin_commit ==
// Say that a commit begins, in a transaction of its own, while the store is locked. Readers wait from here …
MATCH (c:WhographStore {name: 'commit'})
SET c.begun = c.done + 1
RETURN c.begun;

// == end_commit ==
// … to here. Whoever has the lock next does it for a writer that died in between, or did not come to it.
MATCH (c:WhographStore {name: 'commit'})
WHERE c.done < $mark
SET c.done = $mark;

// == commit_mark ==
// The commits begun and done: equal when none is under way; unchanged when none came between.
MATCH (c:WhographStore {name: 'commit'})
RETURN c.begun, c.done;

// == sequence ==
// The number of the newest change.
MATCH (s:WhographStore {name: 'store'})
WITH collect([s.sequence]) AS rows;

// == store_id ==
// The random name of this store.
MATCH (s:WhographStore {name: 'store'})
WITH collect([s.id]) AS rows;

// == stage_generation ==
// Begin a generation of blocking keys beside the one in force, in a transaction of its own; its number is never used again,
// not even when the writer dies.
MATCH (s:WhographStore {name: 'store'})
WITH s.generation AS generation
MATCH (c:WhographStore {name: 'commit'})
SET c.staged = CASE WHEN coalesce(c.staged, 0) > generation THEN c.staged ELSE generation END + 1
RETURN c.staged;

// == adopt_generation ==
// This generation of blocking keys is in force; every other one is over.
MATCH (s:WhographStore {name: 'store'})
SET s.generation = $generation;
