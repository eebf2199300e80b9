"""The everyday commands on a small company: from files to "who is this?", with and without a store."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.e2e.conftest import CRM, SHOP
from tests.support.command_line import CommandLine

DATA = Path(__file__).parents[1] / "data"


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def customer_of(cli: CommandLine, record: str) -> str:
    cli("export", "clusters", "--out", "clusters.csv").ok()
    return next(row["customer_id"] for row in rows_of(cli.folder / "clusters.csv") if row["record_key"] == record)


def test_init_proposes_a_configuration_that_load_takes(cli: CommandLine) -> None:
    crm = cli.write_rows("crm.csv", *CRM)
    said = cli("init", crm).ok()
    assert "family_name" in said.err
    assert 'last_name = "family_name"' in (cli.folder / "whograph.toml").read_text()
    assert "guessed" not in cli("load", crm).ok().err


def test_init_add_keeps_what_a_person_wrote(cli: CommandLine) -> None:
    crm, shop = cli.write_rows("crm.csv", *CRM), cli.write_rows("shop.csv", *SHOP)
    cli("init", crm).ok()
    path = cli.folder / "whograph.toml"
    path.write_text("# by hand\n[service]\nport = 8123\n\n" + path.read_text())
    cli("init", "--add", shop).ok()
    text = path.read_text()
    assert text.startswith("# by hand\n[service]\nport = 8123\n")
    assert "[sources.shop.columns]" in text
    cli("load", crm, shop).ok()


def test_init_answers_programs_with_one_document(cli: CommandLine) -> None:
    done = cli("init", cli.write_rows("crm.csv", *CRM), "--json").ok()
    assert done.json["content"]["sources"]["crm"]["id"] == "id"
    assert {guess["column"] for guess in done.json["guesses"][0]["columns"]} == set(CRM[0].split(","))


def test_files_compressed_with_zstd_are_loaded_and_clustered(cli: CommandLine) -> None:
    for name, lines in (("crm.csv.zst", CRM), ("shop.csv.zst", SHOP)):
        cli.write(name, pa.compress("\n".join(lines).encode(), codec="zstd", asbytes=True))
    cli("init", "crm.csv.zst", "shop.csv.zst").ok()
    cli("load", "crm.csv.zst", "shop.csv.zst").ok()
    assert "7 records are" in cli("recluster").ok().out
    assert "7 records are" in cli("cluster", "crm.csv.zst", "shop.csv.zst", "--out", "clusters.csv").ok().out


def test_without_a_configuration_load_guesses_and_says_so(cli: CommandLine) -> None:
    done = cli("load", cli.write_rows("crm.csv", *CRM)).ok()
    assert "guessed" in done.err
    assert "given_name" in done.err
    cli("recluster").ok()
    assert "guessed" not in cli("load", "crm.csv").ok().err


def test_a_second_source_is_guessed_in_the_words_of_the_first(company: CommandLine) -> None:
    assert customer_of(company, "crm:1") == customer_of(company, "shop:S1")


def test_loading_the_same_file_again_changes_nothing(company: CommandLine) -> None:
    (report,) = company("load", "crm.csv", "--json").ok().json
    assert (report["new"], report["updated"], report["unchanged"]) == (0, 0, 4)
    assert company("recluster", "--json").ok().json["counts"]["unchanged"] > 0


def test_a_second_recluster_of_unchanged_data_changes_nothing(company: CommandLine) -> None:
    counts = company("recluster", "--json").ok().json["counts"]
    assert {kind: count for kind, count in counts.items() if count and kind != "unchanged"} == {}


def test_a_full_load_deletes_what_is_absent(company: CommandLine) -> None:
    company.write_rows("crm.csv", *CRM[:3])
    (report,) = company("load", "crm.csv", "--full", "--json").ok().json
    assert report["deleted"] == 2
    company("recluster").ok()
    assert company("check", "--json").ok().json["sources"] == {"crm": 2, "shop": 3}


def test_several_files_of_one_source_are_one_load(cli: CommandLine) -> None:
    first = cli.write_rows("crm1.csv", *CRM[:3])
    second = cli.write_rows("crm2.csv", CRM[0], *CRM[3:])
    (report,) = cli("load", first, second, "--source", "crm", "--full", "--json").ok().json
    assert (report["source"], report["new"], report["deleted"]) == ("crm", 4, 0)


def test_a_dry_run_of_another_configuration_changes_nothing(company: CommandLine) -> None:
    before = company("check", "--json").ok().json["counts"]
    company("init", "crm.csv", "shop.csv", "--out", "strict.toml").ok()
    strict = company.folder / "strict.toml"
    strict.write_text(strict.read_text().replace('link_threshold = "auto"', "link_threshold = 60"))
    report = company("recluster", "--dry-run", "--config", "strict.toml", "--json").ok().json
    assert report["dry_run"]
    assert report["counts"]["split"] >= 1
    assert company("check", "--json").ok().json["counts"] == before


def test_who_answers_with_a_card_and_with_a_document(company: CommandLine) -> None:
    card = company("who", "email=ana.garcia@example.com").ok()
    assert "crm:1" in card.out
    assert "shop:S1" in card.out
    answer = company("who", "email=ana.garcia@example.com", "--json").ok().json
    best = answer["candidates"][0]
    assert best["customer"]["records"] == ["crm:1", "shop:S1"]
    assert best["customer"]["profile"]["fields"]["email"]["values"][0]["value"] == "ana.garcia@example.com"
    assert best["probability"] > 0.9


def test_an_unknown_identifier_is_answered_as_unknown(company: CommandLine) -> None:
    assert "unknown" in company("who", "email=nobody@example.com").ok().out
    assert company("who", "email=nobody@example.com", "--json").ok().json["candidates"] == []


def test_who_answers_a_file_of_many(company: CommandLine) -> None:
    asked = company.write_rows(
        "asked.csv", "email,family_name", "ana.garcia@example.com,", "nobody@example.com,", ",Ivanov"
    )
    answers = company("who", "--file", asked, "--json").ok().json
    assert [one["place"] for one in answers] == ["asked.csv line 2", "asked.csv line 3", "asked.csv line 4"]
    assert len(answers[0]["answer"]["candidates"]) == 1
    assert "unknown" in company("who", "--file", asked).ok().out
    company("who", "--file", asked, "--out", "answers.csv").ok()
    found = rows_of(company.folder / "answers.csv")
    assert [bool(row["customer_id"]) for row in found][:2] == [True, False]


def test_a_field_that_does_not_exist_is_said_and_the_rest_still_counts(company: CommandLine) -> None:
    done = company("who", "email=ana.garcia@example.com", "shoe_size=42").ok()
    assert "shoe_size" in done.out
    assert "crm:1" in done.out


def test_customer_shows_the_profile_and_follows_ids(company: CommandLine) -> None:
    id = customer_of(company, "crm:1")
    assert "García" in company("customer", id).ok().out
    view = company("customer", id, "--json").ok().json
    assert [record["record"] for record in view["records"]] == ["crm:1", "shop:S1"]
    company("customer", "nobody").refused("customer 'nobody'")


def test_explain_says_why_and_why_not(company: CommandLine) -> None:
    why = company("explain", "crm:1", "shop:S1").ok().out
    assert "email" in why
    assert "exact" in why
    why_not = company("explain", "crm:1", "shop:S3", "--json").ok().json
    assert not why_not["same_customer"]
    assert why_not["direct"]["bits"] < 0
    company("explain", "crm:1", "crm:99").refused("crm:99")


def test_a_decision_holds_until_it_is_withdrawn(company: CommandLine) -> None:
    together = customer_of(company, "crm:1")
    tried = company("decide", "different", "crm:1", "shop:S1", "--reason", "mother and daughter", "--dry-run").ok()
    assert "nothing was changed" in tried.err
    assert customer_of(company, "shop:S1") == together
    taken = (
        company("decide", "different", "crm:1", "shop:S1", "--reason", "mother and daughter", "--by", "ann", "--json")
        .ok()
        .json
    )
    again = company("decide", "different", "shop:S1", "crm:1", "--reason", "saw both", "--by", "bob").ok().out
    assert f"stands already, by ann: different crm:1 shop:S1 (decision {taken['decision']['id']})" in again
    company("recluster").ok()
    assert customer_of(company, "crm:1") != customer_of(company, "shop:S1")
    assert "mother and daughter" in company("decisions").ok().out
    tried = company("withdraw", taken["decision"]["id"], "--by", "ann", "--dry-run").ok()
    assert "would be withdrawn" in tried.out
    assert customer_of(company, "crm:1") != customer_of(company, "shop:S1")
    company("withdraw", taken["decision"]["id"], "--by", "ann").ok()
    assert customer_of(company, "crm:1") == customer_of(company, "shop:S1")
    assert company("decisions", "--json").ok().json == []


def test_a_record_is_taken_out_of_its_customer(company: CommandLine) -> None:
    company("take-out", "shop:S1", "--reason", "another Ana", "--dry-run").ok()
    assert customer_of(company, "crm:1") == customer_of(company, "shop:S1")
    company("take-out", "shop:S1", "--reason", "another Ana").ok()
    assert customer_of(company, "crm:1") != customer_of(company, "shop:S1")
    company("take-out", "shop:S1", "--reason", " ").refused("--reason")


def test_several_decisions_are_withdrawn_at_once(company: CommandLine) -> None:
    company("decide", "different", "crm:1", "shop:S1", "--reason", "seen").ok()
    company("decide", "same", "crm:1", "crm:2", "--reason", "seen").ok()
    ids = [its["id"] for its in company("decisions", "--json").ok().json]
    company("withdraw", *ids, "nothing", "--by", "ann").refused("nothing")
    assert "2 decisions" in company("withdraw", *ids, "--by", "ann", "--dry-run").ok().out
    assert len(company("withdraw", *ids, "--by", "ann", "--json").ok().json) == 2
    assert company("decisions", "--json").ok().json == []


def test_a_record_asks_for_its_customer(company: CommandLine) -> None:
    view = company("who", "shop:S1", "--json").ok().json
    assert [record["record"] for record in view["records"]] == ["crm:1", "shop:S1"]
    assert "García" in company("who", "crm:1").ok().out


def test_a_record_that_is_not_there_is_told(company: CommandLine) -> None:
    company("who", "crm:99").refused("no record 'crm:99'", "email")


def test_the_program_says_which_release_it_is(cli: CommandLine) -> None:
    assert cli("--version").ok().out.startswith("whograph ")


def test_a_decision_on_what_does_not_exist_is_told(company: CommandLine) -> None:
    company("decide", "same", "crm:1", "crm:99", "--reason", "same person").refused("crm:99")
    company("decide", "same", "crm:1", "crm:1", "--reason", "same person").refused("crm:1")
    company("withdraw", "nothing", "--by", "ann").refused("nothing")


def test_changes_continue_at_a_cursor(company: CommandLine) -> None:
    first = company("changes", "--limit", "2", "--json").ok().json
    rest = company("changes", "--after", first["cursor"], "--json").ok().json
    assert len(first["changes"]) == 2
    assert first["changes"][-1]["sequence"] < rest["changes"][0]["sequence"]
    assert company("changes", "--after", rest["cursor"], "--json").ok().json["changes"] == []
    company("changes", "--after", "other:7").refused("cursor")


def test_ingest_resolves_lines_as_they_come(company: CommandLine) -> None:
    row = {"id": "9", "first_name": "Ana", "last_name": "García", "email": "ana.garcia@example.com"}
    report = company("ingest", "-", "--source", "crm", "--json", stdin=json.dumps(row) + "\n").ok().json
    (outcome,) = report["outcomes"]
    assert (outcome["record"], outcome["outcome"]) == ("crm:9", "joined")
    assert outcome["customer"] == customer_of(company, "shop:S1")


def test_a_record_that_is_gone_leaves_its_customer(company: CommandLine) -> None:
    customer = customer_of(company, "shop:S1")
    assert company("delete", "shop:S1", "--at", "2020-01-01", "--json").ok().json["outcome"] == "stale"
    assert company("delete", "shop:S1").ok().out.strip() == "shop:S1: deleted"
    assert company("customer", customer, "--json").ok().json["size"] == 1
    company("delete", "shop").refused("source:id")
    company("delete", "erp:1").refused("erp")
    company("delete", "shop:S1", "--at", "soon").refused("--at")
    company("delete", "shop:S1", "--at", "2999-01-01").refused("future")


def test_of_a_stream_the_good_lines_land_and_the_bad_ones_are_told_by_line(company: CommandLine) -> None:
    lines = [
        json.dumps({"source": "crm", "row": {"id": "8", "email": "new@example.com", "first_name": "Nia"}}),
        '{"source": "crm", "row": ',
        json.dumps({"source": "erp", "row": {"id": "1"}}),
        json.dumps({"id": "7"}),
        json.dumps({"source": "shop", "row": {"order_customer": "S9", "e_mail": "new@example.com"}}),
    ]
    done = company("ingest", "--lines", stdin="\n".join(lines)).ok()
    outcomes = [json.loads(line) for line in done.out.splitlines()]
    assert [one["outcome"] for one in outcomes] == ["new", "refused", "refused", "refused", "joined"]
    assert "not JSON" in outcomes[1]["refused"][0]["reason"]
    assert "'erp'" in outcomes[2]["refused"][0]["reason"]


def test_ingest_into_an_empty_folder_guesses_and_says_so(cli: CommandLine) -> None:
    rows = [
        {"id": str(number), "email": f"person{number}@example.com", "first_name": name, "last_name": "Hill"}
        for number, name in enumerate(["Ana", "Bernd", "Claire", "Dora"])
    ]
    path = cli.write_rows("crm.jsonl", *map(json.dumps, rows))
    done = cli("ingest", path).ok()
    assert "guessed" in done.err
    assert "4 new" in done.out
    assert cli("who", "email=person2@example.com", "--json").ok().json["candidates"][0]["customer"]["records"] == [
        "crm:2"
    ]


def test_export_writes_profiles_in_every_format(company: CommandLine) -> None:
    company("export", "profiles", "--out", "profiles.parquet").ok()
    profiles = pq.read_table(company.folder / "profiles.parquet").to_pylist()
    ana = next(row for row in profiles if row["email"] and "ana.garcia@example.com" in row["email"])
    assert (ana["records"], ana["status"], ana["birth_date"]) == (2, "known", "1980-05-17")
    company("export", "profiles", "--out", "profiles.jsonl").ok()
    assert len((company.folder / "profiles.jsonl").read_text().splitlines()) == len(profiles)


def test_the_columns_of_a_cluster_file_are_stable(company: CommandLine) -> None:
    wanted = ["record_key", "source", "id", "customer_id", "record_confidence", "customer_confidence"]
    company("export", "clusters", "--out", "stored.csv").ok()
    company("cluster", "crm.csv", "shop.csv", "--out", "stateless.csv").ok()
    for name in ("stored.csv", "stateless.csv"):
        found = rows_of(company.folder / name)
        assert list(found[0]) == wanted
        assert [row["record_key"] for row in found] == [
            "crm:1",
            "crm:2",
            "crm:3",
            "crm:4",
            "shop:S1",
            "shop:S2",
            "shop:S3",
        ]


def test_clusters_with_and_without_a_store_are_the_same(cli: CommandLine) -> None:
    shutil.copy(DATA / "fake_1000.csv", cli.folder)
    cli("load", "fake_1000.csv").ok()
    cli("recluster").ok()
    cli("export", "clusters", "--out", "stored.csv").ok()
    cli("cluster", "fake_1000.csv", "--out", "stateless.csv").ok()
    parts = []
    for name in ("stored.csv", "stateless.csv"):
        groups: dict[str, set[str]] = {}
        for row in rows_of(cli.folder / name):
            groups.setdefault(row["customer_id"], set()).add(row["record_key"])
        parts.append({frozenset(keys) for keys in groups.values()})
    assert parts[0] == parts[1]


def test_evaluate_takes_the_truth_from_a_column_or_a_file(cli: CommandLine) -> None:
    shutil.copy(DATA / "fake_1000.csv", cli.folder)
    cli("load", "fake_1000.csv").ok()
    cli("recluster").ok()
    by_column = cli("evaluate", "fake_1000.csv", "--truth", "cluster", "--json").ok().json
    assert by_column["records"] == 1000
    assert by_column["pairwise"]["f1"] > 0.93
    truth = ["record_key,person_id"] + [
        f"fake_1000:{row['unique_id']},{row['cluster']}" for row in rows_of(cli.folder / "fake_1000.csv")
    ]
    by_file = cli("evaluate", "--truth", cli.write_rows("truth.csv", *truth), "--json").ok().json
    assert by_file == by_column
    cli("cluster", "fake_1000.csv", "--out", "clusters.csv").ok()
    judged = cli("evaluate", "--truth", "truth.csv", "--clusters", "clusters.csv", "--json").ok().json
    assert judged["pairwise"] == by_column["pairwise"]
    assert "B³" in cli("evaluate", "--truth", "truth.csv").ok().out


def test_evaluate_needs_no_store_for_clusters_and_truth_in_files(cli: CommandLine) -> None:
    shutil.copy(DATA / "fake_1000.csv", cli.folder)
    cli("cluster", "fake_1000.csv", "--out", "clusters.csv").ok()
    judged = cli("evaluate", "fake_1000.csv", "--truth", "cluster", "--clusters", "clusters.csv", "--json").ok().json
    assert judged["records"] == 1000
    assert judged["pairwise"]["f1"] > 0.93


def test_a_model_goes_out_and_comes_back(company: CommandLine) -> None:
    company("model", "export", "--out", "model.json").ok()
    assert company("model", "show", "--json").ok().json["fields"]["email"][0]["level"] == "exact"
    assert "birth_date" in company("model", "show").ok().out
    company("model", "import", "model.json").ok()
    assert len(company("model", "list", "--json").ok().json) >= 1


def test_check_says_what_a_store_holds(company: CommandLine) -> None:
    assert "sound" in company("check").ok().out
    its = company("check", "--json").ok().json
    assert its["sound"]
    assert its["sources"] == {"crm": 4, "shop": 3}


def test_variables_stand_over_the_file_and_options_over_both(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    crm = cli.write_rows("crm.csv", *CRM)
    cli.write("whograph.toml", '[service]\nstore = "sqlite:///file.db"\n[resolution]\nallow_new_sources = true\n')
    cli("load", crm).ok()
    monkeypatch.setenv("WHOGRAPH_STORE", "sqlite:///variable.db")
    cli("load", crm).ok()
    cli("load", crm, "--store", "sqlite:///option.db").ok()
    assert {path.name for path in cli.folder.glob("*.db")} == {"file.db", "variable.db", "option.db"}


def test_the_demo_ends_with_a_customer(cli: CommandLine) -> None:
    done = cli("demo", "--folder", "demo", "--rows", "1500").ok()
    assert "pairwise" in done.out
    assert "belong together" in done.out
    cli("demo", "--folder", "demo", "--rows", "1500", "--replace").ok()
    assert cli("demo", "--folder", "again", "--rows", "1000", "--json").ok().json["evaluation"]["pairwise"]["f1"] > 0.8


def test_bringing_a_model_back_says_so(company: CommandLine) -> None:
    company("model", "export", "--out", "first.json").ok()
    model = json.loads((company.folder / "first.json").read_text())
    company.write("other.json", json.dumps({**model, "prior": model["prior"] / 2}))
    assert "version 2, the model of the file," in company("model", "import", "other.json").ok().out
    assert "version 3, the model of version 1 again," in company("model", "use", "1").ok().out
    assert "version 3, the model as it was," in company("model", "use", "1").ok().out
