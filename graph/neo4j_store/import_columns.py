"""The columns of the files for ``neo4j-admin database import``, of each kind of node and of edge. Properties are as the
statements of ``cypher`` write them.
"""

from __future__ import annotations

IDENTIFIER = [
    ":ID(identifier)",
    ":LABEL",
    "hash:long",
    "key",
    "type",
    "value",
    "degree:long",
    "active:boolean",
    "weight:double",
    "probability:double",
]
RECORD = [
    "key:ID(record)",
    ":LABEL",
    "source",
    "id",
    "signature:long",
    "changed:long",
    "observed_at:datetime",
    "component_id",
    "record",
    "extra",
]
REFERRED = ["key:ID(record)", ":LABEL"]
CUSTOMER = [
    "id:ID(customer)",
    ":LABEL",
    "size:long",
    "confidence:double",
    "created_at:long",
    "updated_at:long",
    "merged_into",
    "former_members:string[]",
]
REVIEW = [
    "id:ID(review)",
    ":LABEL",
    "kind",
    "severity:double",
    "rank:double",
    "component",
    "records:string[]",
    "details",
]
CHANGE = [":LABEL", "sequence:long", "kind", "customer_id", "at:long", "details"]
DECISION = [":LABEL", "id", "kind", "left_key", "right_key", "by", "reason", "at:long", "standing:boolean", "decision"]
QUARANTINED = [":LABEL", "digest", "number:long", "source", "field", "reason", "entry"]
VERSION = [":LABEL", "number:long", "config", "model", "normaliser", "created_at:long"]
META = [":LABEL", "name", "value"]
STORE = [
    ":LABEL",
    "name",
    "schema:long",
    "id",
    "sequence:long",
    "quarantined:long",
    "generation:long",
    "version:long",
    "unindexed:boolean",
    "begun:long",
    "done:long",
]
BLOCKING = ["key:ID(blocking)", ":LABEL", "signature:long"]

OBSERVED = [
    ":START_ID(record)",
    ":END_ID(identifier)",
    "method",
    "weight:double",
    "probability:double",
    "first_seen:datetime",
    "last_seen:datetime",
    "times_seen:long",
]
SIMILAR = [":START_ID(record)", ":END_ID(record)", "method", "microbits:long", "weight:double", "probability:double"]
MEMBER = [":START_ID(record)", ":END_ID(customer)", "confidence:double"]
MERGED = [":START_ID(customer)", ":END_ID(customer)", "at:long"]
BLOCKS = [":START_ID(blocking)", ":END_ID(blocking)", "generation:long", "hash:long"]
ABOUT = [":START_ID(review)", ":END_ID(record)"]
