"""The only place that reads and writes data files: CSV and its kin, JSON lines, Parquet.

Every cell arrives as text (string, or list<string>), a missing one as null. A file that cannot be used raises one
``BadInputError``; a row that cannot be read becomes a ``RefusedRow`` and the rest goes on.
"""

from api.files.reading import count_hint, read_chunks, read_columns, read_sample, source_name
from api.files.rows import MAX_CELL_BYTES, Chunk, RefusedRow
from api.files.writing import new_folder, write_rows

__all__ = [
    "MAX_CELL_BYTES",
    "Chunk",
    "RefusedRow",
    "count_hint",
    "new_folder",
    "read_chunks",
    "read_columns",
    "read_sample",
    "source_name",
    "write_rows",
]
