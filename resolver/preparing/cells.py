"""The cells of a column become values of a field, each distinct cell normalised once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from resolver.columns import Codes, Ints, Texts, texts_array
from resolver.normalise import Normalised

#: Refused values are shown up to this many characters.
SHOWN = 200
#: Up to this many rows are prepared cell by cell.
FEW = 50


@dataclass(frozen=True, slots=True)
class Refused:
    """A value (or, with ``field`` None, a whole row) that cannot be used. ``row`` counts within the prepared table."""

    row: int
    field: str | None
    value: str
    reason: str


#: What a raw cell became, and the codes of its values.
Known = tuple[Normalised, tuple[int, ...]]


class Vocabulary:
    """The distinct values of every field seen so far, and what each raw cell became. Give each batch its own."""

    def __init__(self) -> None:
        self.codes: defaultdict[str, dict[str, int]] = defaultdict(dict)
        self._normalised: defaultdict[tuple[str, str], dict[str, Known]] = defaultdict(dict)

    def code(self, field: str, text: str) -> int:
        codes = self.codes[field]
        return codes.setdefault(text, len(codes))

    def lookup(
        self, column: tuple[str, str, str], raws: list[str], normalise: Callable[[str], Normalised]
    ) -> list[Known]:
        """What each raw cell of a column (source, column, field) became, and the codes of its values."""
        source, name, its_field = column
        known, codes = self._normalised[source, name], self.codes[its_field]
        answer = []
        for raw in raws:
            found = known.get(raw)
            if found is None:
                normalised = normalise(raw)
                found = normalised, tuple([codes.setdefault(text, len(codes)) for text in normalised.values])
                known[raw] = found
            answer.append(found)
        return answer

    def values(self, field: str) -> Texts:
        return texts_array(list(self.codes[field]))


@dataclass(frozen=True, slots=True)
class PreparedField:
    """Values of one field: row ``rows[e]`` has the value of code ``codes[e]``, written as ``shown[e]``. Rows ascend; a
    row has a value once."""

    rows: Ints
    codes: Codes
    shown: Texts


def entries_of(
    column: pa.ChunkedArray,
    name: tuple[str, str, str],
    vocabulary: Vocabulary,
    tools: tuple[Callable[[str], Normalised], list[Refused]],
) -> tuple[Ints, Codes, Texts]:
    """The values of one column: rows, codes and raw texts, in row order."""
    if len(column) <= FEW:
        return _entries_of_few(column, name, vocabulary, tools)
    normalise, refused = tools
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    rows = np.arange(len(array), dtype=np.int64)
    if pa.types.is_list(array.type) or pa.types.is_large_list(array.type):
        rows = pc.list_parent_indices(array).to_numpy().astype(np.int64)
        array = pc.list_flatten(array)
    encoded = array.dictionary_encode()
    raws = encoded.dictionary.to_pylist()
    which = pc.fill_null(encoded.indices, -1).to_numpy()
    found = vocabulary.lookup(name, raws, normalise)
    if any(normalised.refused for normalised, _ in found):
        bad = np.array([normalised.refused is not None for normalised, _ in found])
        for entry in np.flatnonzero((which >= 0) & bad[np.maximum(which, 0)]).tolist():
            reason = found[which[entry]][0].refused or ""
            refused.append(Refused(int(rows[entry]), name[1], raws[which[entry]][:SHOWN], reason))
    counts = np.array([len(codes) for _, codes in found] + [0])[which]  # -1 takes the last: no value
    flat = np.array([code for _, codes in found for code in codes], dtype=np.int32)
    starts = np.concatenate([[0], np.cumsum([len(codes) for _, codes in found])]).astype(np.int64)
    entries = np.repeat(np.arange(len(which)), counts)
    within = np.arange(len(entries)) - np.repeat(np.cumsum(counts) - counts, counts)
    its_codes = flat[starts[which[entries]] + within] if len(entries) else flat[:0]
    return rows[entries], its_codes, texts_array(raws)[which[entries]]


def _entries_of_few(
    column: pa.ChunkedArray,
    name: tuple[str, str, str],
    vocabulary: Vocabulary,
    tools: tuple[Callable[[str], Normalised], list[Refused]],
) -> tuple[Ints, Codes, Texts]:
    """The same, cell by cell: a record that comes in alone would wait for the arrays' fixed costs."""
    normalise, refused = tools
    cells = [
        (row, raw)
        for row, its in enumerate(column.to_pylist())
        for raw in (its if isinstance(its, list) else (its,))
        if raw is not None
    ]
    raws = list(dict.fromkeys(raw for _, raw in cells))
    known = dict(zip(raws, vocabulary.lookup(name, raws, normalise), strict=True))
    rows: list[int] = []
    codes: list[int] = []
    shown: list[str] = []
    for row, raw in cells:
        normalised, its_codes = known[raw]
        if normalised.refused is not None:
            refused.append(Refused(row, name[1], raw[:SHOWN], normalised.refused))
        for code in its_codes:
            rows.append(row)
            codes.append(code)
            shown.append(raw)
    return np.array(rows, dtype=np.int64), np.array(codes, dtype=np.int32), texts_array(shown)


def joined_entries(parts: list[tuple[Ints, Codes, Texts]]) -> PreparedField:
    """Several columns of one field as one: by row, each value of a row once (as its first column wrote it)."""
    if len(parts) == 1 and (len(parts[0][0]) < 2 or (np.diff(parts[0][0]) > 0).all()):
        return PreparedField(*parts[0])
    rows = np.concatenate([part[0] for part in parts])
    codes = np.concatenate([part[1] for part in parts])
    shown = np.concatenate([part[2] for part in parts])
    if not len(rows):
        return PreparedField(rows, codes, shown)
    pairs = rows * (int(codes.max()) + 1) + codes
    _, first = np.unique(pairs, return_index=True)
    keep = first[np.lexsort((first, rows[first]))]
    return PreparedField(rows[keep], codes[keep], shown[keep])
