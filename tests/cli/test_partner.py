import json
import shutil
from pathlib import Path

import pytest

from tests.fakes.command_line import answer, run


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a new partner, as it is written."""
    place = tmp_path_factory.mktemp("declared")
    assert run(None, "partner", "new", "acme", "--dir", str(place)).exit_code == 0
    return place / "acme"


def copied(folder: Path, place: Path) -> Path:
    """A copy to spoil."""
    return shutil.copytree(folder, place / folder.name)


def spoiled(folder: Path, file: str, find: str, put: str) -> Path:
    """The folder with one thing changed in one file."""
    path = folder / file
    text = path.read_text()
    assert find in text
    path.write_text(text.replace(find, put))
    return folder


def wrong(folder: Path) -> dict[str, list[str]]:
    """What a check of the folder finds wrong, by check."""
    result = run(None, "partner", "check", str(folder), "--json")
    assert result.exit_code == 1, result.output
    return {check["check"]: check["wrong"] for check in json.loads(result.stdout)["checks"] if check["wrong"]}


def test_a_new_partner_keeps_the_contract_as_it_is_written(acme: Path) -> None:
    """So that whoever changes it knows which change broke it."""
    result = run(None, "partner", "check", str(acme))
    assert result.exit_code == 0, result.output
    assert "It keeps the contract." in result.stdout


def test_a_home_reads_what_is_declared_in_it(acme: Path, empty: Path) -> None:
    """From a dispute file and a settlement to disputes, books and a replay that gives the same."""
    copied(acme, empty / "partners")
    given = ("--partner", "acme", "--account", "our-account", "--received-at", "2026-03-04T05:00:00Z")
    samples = acme / "samples"
    report = answer(empty, "ingest", str(samples / "disputes_2026-03-02.csv"), "--feed", "disputes", *given)
    assert (report["records"], report["observations_new"], report["problems"]) == (2, 2, [])
    report = answer(empty, "ingest", str(samples / "settlement_2026-03-03.csv"), "--feed", "settlement", *given)
    assert (report["records"], report["money_lines"], report["held"]) == (3, 3, 0)
    disputes = {dispute["partner_dispute_id"]: dispute for dispute in answer(empty, "disputes")}
    assert disputes["D-1001"]["stage"] == "chargeback"
    assert disputes["D-1001"]["amount_minor"] == 4_000
    assert run(empty, "check").exit_code == 0
    assert answer(empty, "replay", "--check")["same"] is True
    names = [partner["name"] for partner in answer(empty, "partner", "list")]
    assert "acme" in names


def test_lens_knows_the_partners_of_the_home(acme: Path, empty: Path) -> None:
    """Their words have meanings."""
    copied(acme, empty / "partners")
    shown = answer(empty, "lens", str(acme / "samples" / "disputes_2026-03-02.csv"))
    assert [(c["partner"], c["feed"]) for c in shown["candidates"]] == [("acme", "disputes")]
    meanings = {field["name"]: field["meaning"] for field in shown["records"][1]["fields"]}
    assert meanings["status"] == "chargeback opened"


def test_a_broken_folder_stops_nobody_but_itself(acme: Path, empty: Path) -> None:
    """Other commands go on; those that are about it say what is wrong with it."""
    samples = acme / "samples"
    sound = ("ingest", str(samples / "disputes_2026-03-02.csv"), "--partner", "acme", "--feed", "disputes")
    folder = copied(acme, empty / "partners")
    assert answer(empty, *sound)["accepted"] == 2
    spoiled(folder, "partner.toml", 'title = "acme"', 'titel = "acme"')
    assert len(answer(empty, "disputes")) == 2
    checked = run(empty, "check")
    assert checked.exit_code == 0
    assert "The partner acme cannot be read" in checked.stderr
    refused = run(empty, *sound, "--json")
    assert refused.exit_code == 1
    error = json.loads(refused.stdout)["error"]
    assert (error["code"], "titel" in error["found"]) == ("partners.declaration", True)
    doctor = run(empty, "doctor", "--json")
    assert doctor.exit_code == 1
    (told,) = [c for c in json.loads(doctor.stdout)["checks"] if c["name"] == "partners"]
    assert "acme cannot be read" in told["said"]
    assert "recoup partner check" in told["remedy"]
    (listed,) = [row for row in answer(empty, "partner", "list") if row["name"] == "acme"]
    assert "titel" in listed["problem"]
    assert "cannot be read" in run(empty, "partner", "list").stdout
    lens = run(empty, "lens", str(samples / "disputes_2026-03-02.csv"), "--partner", "acme")
    assert "titel" in str(lens.output)


def test_a_default_in_a_mapping_is_found(acme: Path, tmp_path: Path) -> None:
    """An unknown status that is read as an open dispute."""
    folder = copied(acme, tmp_path)
    spoiled(folder, "mapping_disputes.sql", "coalesce(meaning('status', status), 'unknown')", "'chargeback_opened'")
    assert "codes" in wrong(folder)


@pytest.mark.parametrize(
    ("find", "put", "said"),
    [
        ("status,OPEN,chargeback_opened", "status,OPEN,chargeback_opend", "no move; wanted one of chargeback_opened"),
        ("leg,OPEN,debit", "leg,OPEN,debt", "no leg; wanted one of debit"),
        ("type,SALE,charge", "type,SALE,sale", "no kind; wanted one of"),
    ],
)
def test_a_meaning_that_is_no_word_is_found(acme: Path, tmp_path: Path, find: str, put: str, said: str) -> None:
    """With the row of codes.csv, and the words that come near; also where no sample has the partner's word."""
    folder = spoiled(copied(acme, tmp_path), "codes.csv", find, put)
    (told,) = wrong(folder)["words"]
    assert told.startswith(f"codes.csv: {find.rpartition(',')[0]} means")
    assert said in told


def test_a_folder_with_the_name_of_a_partner_of_ours_is_refused(acme: Path, tmp_path: Path) -> None:
    """Before anything of it is looked at, with what to do."""
    folder = spoiled(copied(acme, tmp_path), "partner.toml", 'name = "acme"', 'name = "stripe"')
    result = run(None, "partner", "check", str(folder))
    assert result.exit_code == 1
    assert "another stripe; wanted a name of its own. Give it another name" in result.stderr


def test_what_is_wrong_comes_with_what_to_do(acme: Path, tmp_path: Path) -> None:
    """Below the findings of a check; a check that passed has no remedy."""
    folder = spoiled(copied(acme, tmp_path), "codes.csv", "leg,OPEN,debit", "leg,OPEN,debt")
    assert "Mend the meaning in codes.csv." in run(None, "partner", "check", str(folder)).stdout
    checks = json.loads(run(None, "partner", "check", str(folder), "--json").stdout)["checks"]
    assert {check["check"] for check in checks if check["remedy"]} == {c["check"] for c in checks if c["wrong"]}


def test_a_total_that_nobody_compares_is_found(acme: Path, tmp_path: Path) -> None:
    """Controls that state only that there is a total row."""
    folder = copied(acme, tmp_path)
    text = (folder / "controls_settlement.sql").read_text()
    (folder / "controls_settlement.sql").write_text(text[: text.index("union all")])
    assert "stated totals" in wrong(folder)


def test_samples_that_tell_something_else_are_found(acme: Path, tmp_path: Path) -> None:
    """A record more, another dispute."""
    folder = spoiled(copied(acme, tmp_path), "samples/samples.toml", 'disputes = ["D-1001",', 'disputes = ["D-9",')
    (said,) = wrong(folder)["mapping"]
    assert said == "disputes_2026-03-02.csv: tells disputes D-1001, D-1002; said D-9, D-1002"


def test_sql_that_the_engine_does_not_parse_is_said_with_its_line(acme: Path, tmp_path: Path) -> None:
    """The engine has words for itself that may be a partner's columns."""
    find, put = "not_instant('updated_at', updated_at)", "not_instant('at', at)"
    folder = spoiled(copied(acme, tmp_path), "mapping_disputes.sql", find, put)
    line = (folder / "mapping_disputes.sql").read_text().partition(put)[0].count("\n") + 1
    result = run(None, "partner", "check", str(folder))
    assert result.exit_code == 1
    assert f"mapping_disputes.sql:{line}: syntax error" in result.stderr
    assert "wanted SQL as DuckDB reads it" in result.stderr


def test_a_sample_that_is_held_is_said_once(acme: Path, tmp_path: Path) -> None:
    """By the mapping: that nothing else can be seen of it would hide the reason."""
    folder = spoiled(
        copied(acme, tmp_path), "partner.toml", 'required = ["record", "line_id"', 'required = ["rec", "id"'
    )
    assert set(wrong(folder)) == {"mapping", "same dispute"}


def test_a_mapping_that_does_not_run_holds_its_files(acme: Path, empty: Path) -> None:
    """And says why, without a traceback."""
    folder = copied(acme, empty / "partners")
    spoiled(folder, "mapping_disputes.sql", "fit_of(s.currency)", "fit_of(s.no_such_column)")
    path = str(acme / "samples" / "disputes_2026-03-02.csv")
    report = answer(empty, "ingest", path, "--partner", "acme", "--feed", "disputes")
    assert report["held"] == 1
    assert report["problems"][0]["code"] == "table.mapping"


def test_a_word_that_is_none_of_ours_is_quarantined(acme: Path, empty: Path) -> None:
    """A move that no table of moves has is a mistake of the vocabulary, never a move."""
    folder = copied(acme, empty / "partners")
    spoiled(folder, "codes.csv", "status,OPEN,chargeback_opened", "status,OPEN,chargeback_opend")
    path = str(acme / "samples" / "disputes_2026-03-02.csv")
    report = answer(empty, "ingest", path, "--partner", "acme", "--feed", "disputes")
    assert (report["accepted"], report["quarantined"]) == (1, 1)
    assert report["problems"][0]["found"] == 'move "chargeback_opend"'


def test_wrong_usage_is_said(acme: Path, tmp_path: Path) -> None:
    """A folder that is there, a name that is taken or none, a folder that is not there."""
    assert run(None, "partner", "new", "acme", "--dir", str(acme.parent)).exit_code == 1
    assert run(None, "partner", "new", "stripe", "--dir", str(tmp_path)).exit_code == 1
    assert run(None, "partner", "new", "../x", "--dir", str(tmp_path)).exit_code == 1
    assert run(None, "partner", "check", str(tmp_path / "nothing")).exit_code == 2
