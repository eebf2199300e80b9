"""The columns of the files for ``neo4j-admin database import``: of each kind of node and of edge the headers, with the
names that their values have in a row. Properties are as the statements of ``cypher`` write them.
"""

from __future__ import annotations

from graph.neo4j_store.csv_files import Columns

IDENTIFIER: Columns = {
    ":ID(identifier)": "id",
    ":LABEL": "labels",
    "hash:long": "hash",
    "key": "key",
    "type": "type",
    "value": "value",
    "degree:long": "degree",
    "active:boolean": "active",
    "weight:double": "weight",
    "probability:double": "probability",
}
RECORD: Columns = {
    "key:ID(record)": "key",
    ":LABEL": "labels",
    "source": "source",
    "id": "id",
    "signature:long": "signature",
    "changed:long": "changed",
    "observed_at:datetime": "observed_at",
    "component_id": "component",
    "record": "record",
    "extra": "extra",
}
REFERRED: Columns = {"key:ID(record)": "key", ":LABEL": "labels"}
CUSTOMER: Columns = {
    "id:ID(customer)": "id",
    ":LABEL": "labels",
    "size:long": "size",
    "confidence:double": "confidence",
    "created_at:long": "created_at",
    "updated_at:long": "updated_at",
    "merged_into": "merged_into",
    "former_members:string[]": "former_members",
}
REVIEW: Columns = {
    "id:ID(review)": "id",
    ":LABEL": "labels",
    "kind": "kind",
    "severity:double": "severity",
    "rank:double": "rank",
    "component": "component",
    "records:string[]": "records",
    "details": "details",
}
CHANGE: Columns = {
    ":LABEL": "labels",
    "sequence:long": "sequence",
    "kind": "kind",
    "customer_id": "customer_id",
    "at:long": "at",
    "details": "details",
}
DECISION: Columns = {
    ":LABEL": "labels",
    "id": "id",
    "kind": "kind",
    "left_key": "left_key",
    "right_key": "right_key",
    "by": "by",
    "reason": "reason",
    "at:long": "at",
    "standing:boolean": "standing",
    "decision": "decision",
}
QUARANTINED: Columns = {
    ":LABEL": "labels",
    "digest": "digest",
    "number:long": "number",
    "source": "source",
    "field": "field",
    "reason": "reason",
    "entry": "entry",
}
VERSION: Columns = {
    ":LABEL": "labels",
    "number:long": "number",
    "config": "config",
    "model": "model",
    "normaliser": "normaliser",
    "created_at:long": "created_at",
}
META: Columns = {":LABEL": "labels", "name": "name", "value": "value"}
STORE: Columns = {
    ":LABEL": "labels",
    "name": "name",
    "schema:long": "schema",
    "id": "id",
    "sequence:long": "sequence",
    "quarantined:long": "quarantined",
    "generation:long": "generation",
    "version:long": "version",
    "unindexed:boolean": "unindexed",
    "begun:long": "begun",
    "done:long": "done",
}
BLOCKING: Columns = {"key:ID(blocking)": "key", ":LABEL": "labels", "signature:long": "signature"}

OBSERVED: Columns = {
    ":START_ID(record)": "start",
    ":END_ID(identifier)": "end",
    "method": "method",
    "weight:double": "weight",
    "probability:double": "probability",
    "first_seen:datetime": "first",
    "last_seen:datetime": "last",
    "times_seen:long": "times",
}
SIMILAR: Columns = {
    ":START_ID(record)": "left",
    ":END_ID(record)": "right",
    "method": "method",
    "microbits:long": "microbits",
    "weight:double": "weight",
    "probability:double": "probability",
}
MEMBER: Columns = {
    ":START_ID(record)": "start",
    ":END_ID(customer)": "end",
    "confidence:double": "confidence",
}
MERGED: Columns = {":START_ID(customer)": "id", ":END_ID(customer)": "merged_into", "at:long": "updated_at"}
BLOCKS: Columns = {
    ":START_ID(blocking)": "start",
    ":END_ID(blocking)": "end",
    "generation:long": "generation",
    "hash:long": "hash",
}
ABOUT: Columns = {":START_ID(review)": "start", ":END_ID(record)": "end"}
