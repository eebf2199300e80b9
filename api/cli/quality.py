"""``whograph evaluate``: how good the clusters are, where the truth is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import typer

from api.cli import options
from api.cli.guessing import SourceFile, source_files, with_guesses
from api.cli.output import console, note, number, plain, print_json, table
from api.cli.reading import by_source
from api.files import read_chunks, read_columns
from api.settings import Settings, load_settings
from api.wiring import open_store, read_whole_config
from graph.errors import BadInputError
from graph.reading import read_again
from graph.store import Store
from resolver.config import Config, load_config
from resolver.judging.evaluate import Evaluation, Quality, evaluate
from resolver.judging.mistakes import Mistake, worst_mistakes
from resolver.preparing.cells import Vocabulary
from resolver.preparing.prepare import Preparer
from resolver.preparing.records import RecordMaker, rows_of

#: What the column with the answer is called, where a truth file has several columns besides the record's key.
_LABELS = ("person_id", "truth", "cluster", "cluster_id", "entity_id", "label", "customer_id")


@dataclass(frozen=True, slots=True)
class Judgement:
    """How good it is, the errors that cost most, and how many records had no truth or no customer."""

    evaluation: Evaluation
    worst: Sequence[Mistake]
    unjudged: int


def register(app: typer.Typer) -> None:
    app.command("evaluate")(evaluate_command)


def evaluate_command(
    truth: Annotated[
        str,
        typer.Option(
            "--truth", metavar="COLUMN|FILE", help="A column of FILES, or a file with record_key and the person."
        ),
    ],
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILES...]", help="The files that were loaded, for a truth COLUMN.")
    ] = None,
    clusters: Annotated[
        Path | None,
        typer.Option("--clusters", metavar="F", help="Judge this file (of cluster or export), not the store."),
    ] = None,
    source: options.Source = None,
    worst: Annotated[int, typer.Option("--worst", min=0, help="How many of the worst errors to show.")] = 10,
    encoding: options.Encoding = None,
    store: options.Store = None,
    config: options.Config = None,
    as_json: options.Json = False,
) -> None:
    """Compare the clusters with the truth: pairwise and B³ precision, recall and F1, and the worst errors."""
    settings = load_settings(store=store, config=config)
    its_files = source_files(files or [], source, encoding)
    in_files = Path(truth).is_file() or bool(its_files)  # the whole truth: where clusters are, too, no store is asked
    with nullcontext() if clusters and in_files else closing(open_store(settings, create=False)) as opened:
        found = _clusters_of_file(clusters) if clusters is not None else clusters_of(opened) if opened else {}
        if Path(truth).is_file():
            true = truth_of_file(Path(truth))
        elif its_files:
            true = _truth_of_files(truth, its_files, _config_of(settings, opened, its_files))
        else:
            true = _truth_of_store(truth, opened) if opened else {}
    judgement = judge(found, true, worst)
    if as_json:
        print_json(document(judgement))
    else:
        show(judgement)


def clusters_of(store: Store) -> dict[str, str]:
    """The customer id of every resolved record."""
    return read_again(
        store,
        lambda snapshot: {its.record_key: its.customer_id for chunk in snapshot.scan_assignments() for its in chunk},
    )


def _clusters_of_file(path: Path) -> dict[str, str]:
    return _pairs(path, "record_key", "customer_id")


def truth_of_file(path: Path) -> dict[str, str]:
    """The person of each record: ``record_key`` (or ``source`` and ``id``) and one more column."""
    columns = read_columns(path)
    others = [name for name in columns if name not in ("record_key", "source", "id")]
    label = others[0] if len(others) == 1 else next((name for name in _LABELS if name in others), None)
    if label is None or ("record_key" not in columns and not {"source", "id"} <= set(columns)):
        raise BadInputError(
            "is no truth file", "give it the columns record_key and person_id, one row per record", place=str(path)
        )
    return _pairs(path, "record_key" if "record_key" in columns else None, label)


def _pairs(path: Path, key: str | None, label: str) -> dict[str, str]:
    missing = [name for name in ([key] if key else []) + [label] if name not in read_columns(path)]
    if missing:
        raise BadInputError(f"has no column {missing[0]!r}", "name a file that whograph wrote", place=str(path))
    pairs: dict[str, str] = {}
    for chunk in read_chunks(path, columns=[key, label] if key else ["source", "id", label]):
        its = chunk.table
        if key:
            keys = its.column(key).to_pylist()
        else:
            rows = zip(its.column("source").to_pylist(), its.column("id").to_pylist(), strict=True)
            keys = [f"{source}:{id}" for source, id in rows]
        pairs.update({k: v for k, v in zip(keys, its.column(label).to_pylist(), strict=True) if k and v})
    return pairs


def _config_of(settings: Settings, store: Store | None, files: Sequence[SourceFile]) -> Config:
    """What the files are read under: the store's configuration; without a store, as ``whograph cluster`` would."""
    if store is None:
        return with_guesses(load_config(settings.config_path) if settings.config_path else None, files)[0]
    config = read_whole_config(settings, store)
    if config is None:
        raise BadInputError("nothing is configured or loaded", "run whograph load FILES first", place="--truth")
    return config


def _truth_of_files(column: str, files: Sequence[SourceFile], config: Config) -> dict[str, str]:
    """From the files that hold the column."""
    true: dict[str, str] = {}
    for name, its in by_source(files).items():
        if name not in config.sources:
            raise BadInputError(f"source {name!r} is not configured", "name it with --source", place=str(its[0].path))
        maker = RecordMaker(name, config)
        for file in its:
            if column not in read_columns(file.path, encoding=file.encoding):
                raise BadInputError(f"has no column {column!r}", "name its truth column", place=str(file.path))
            for chunk in read_chunks(file.path, encoding=file.encoding):
                true.update(_labelled(maker, chunk.table, (name, column, config)))
    if not true:
        raise BadInputError(
            f"no row has a value in column {column!r}", "name its truth column", place=str(files[0].path)
        )
    return true


def _truth_of_store(column: str, store: Store) -> dict[str, str]:
    """From what the store kept of the rows."""
    true = read_again(
        store,
        lambda snapshot: {
            record.key: str(record.payload[column])
            for chunk in snapshot.scan_full_records()
            for record in chunk
            if record.payload.get(column) not in (None, "")
        },
    )
    if not true:
        remedy = "name the files that hold it: whograph evaluate FILES --truth COLUMN"
        raise BadInputError(f"no stored record has a column {column!r} (ignored columns are not stored)", remedy)
    return true


def _labelled(maker: RecordMaker, rows: pa.Table, its: tuple[str, str, Config]) -> dict[str, str]:
    """The label of each row by its record key, whose id may be made from the row's content."""
    source, column, config = its
    vocabulary = Vocabulary()
    prepared = Preparer(source, config).prepare(rows, vocabulary, 0)
    ids = maker.ids(prepared, rows_of(prepared, vocabulary)[0] if config.sources[source].id is None else [])
    labels = rows.column(column).to_pylist()
    return {f"{source}:{id}": label for id, label in zip(ids, labels, strict=True) if id and label}


def judge(found: Mapping[str, str], true: Mapping[str, str], worst: int) -> Judgement:
    keys = sorted(found.keys() & true.keys())
    if not keys:
        raise BadInputError(
            "the truth is about none of the records", "see that its keys are source:id", place="--truth"
        )
    evaluation = evaluate([found[key] for key in keys], [true[key] for key in keys])
    return Judgement(evaluation, worst_mistakes(found, true, worst), len(found.keys() ^ true.keys()))


def document(judgement: Judgement) -> dict[str, object]:
    its = judgement.evaluation
    return {
        "records": its.records,
        "unjudged": judgement.unjudged,
        "pairwise": _quality(its.pairwise),
        "b_cubed": _quality(its.b_cubed),
        "true_pairs": its.true_pairs,
        "found_pairs": its.found_pairs,
        "right_pairs": its.right_pairs,
        "worst": judgement.worst,
    }


def _quality(its: Quality) -> dict[str, float]:
    return {"precision": its.precision, "recall": its.recall, "f1": its.f1}


def show(judgement: Judgement) -> None:
    its = judgement.evaluation
    rows = table("", ">precision", ">recall", ">F1")
    for name, quality in (("pairwise", its.pairwise), ("B³", its.b_cubed)):
        rows.add_row(name, f"{quality.precision:.4f}", f"{quality.recall:.4f}", f"[bold]{quality.f1:.4f}[/]")
    shown = console()
    shown.print(f"{number(its.records)} records whose person is known:")
    shown.print(rows)
    if judgement.unjudged:
        note(f"{number(judgement.unjudged)} records have a customer or a truth only, and do not count")
    if judgement.worst:
        errors = table("worst errors", "", ">wrong pairs", "records")
        for one in judgement.worst:
            what = "several people in one customer" if one.kind == "mixed" else "one person in several customers"
            sides = " | ".join(", ".join(side) for side in one.sides)
            errors.add_row(plain(one.name), what, number(one.pairs), plain(sides))
        shown.print(errors)
