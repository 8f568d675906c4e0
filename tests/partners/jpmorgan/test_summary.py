"""Reports in sections: the summary is what the rows add up to, group by group, or the report is held."""

import pytest

from recoup.partners.contract import Control
from tests.partners.jpmorgan.sent import SAMPLES, checks, read, sample

PDE = (SAMPLES / "sections/PDE-17.csv").read_bytes()
PRESET = (SAMPLES / "sections/preset.csv").read_bytes()


def is_even(controls: list[Control]) -> bool:
    """Whether every stated total is the computed one."""
    return all(control.stated == control.computed for control in controls)


def test_every_group_states_its_rows_and_its_amount() -> None:
    """What leaves the inventory is counted as negative."""
    controls = sample("dispute_report", "sections/PDE-17.csv").controls
    assert [(c.name, c.stated, c.computed) for c in controls] == [
        ("rows of 400001 CB RECD", 2, 2),
        ("amount of 400001 CB RECD", 6550, 6550),
        ("rows of 400001 CB RTM", 1, 1),
        ("amount of 400001 CB RTM", -2550, -2550),
    ]


def test_swapped_columns_of_the_preset_summary_are_put_right() -> None:
    """And the inventory of the beginning, whose rows are not in the report, is not compared."""
    reading = sample("dispute_report", "sections/preset.csv")
    assert is_even(reading.controls)
    names = {control.name for control in reading.controls}
    assert "rows of 400001 CB RECD" in names
    assert not any("BEGINV" in name for name in names)


@pytest.mark.parametrize(
    ("body", "find", "put"),
    [
        (PDE, b"FIN,2,65.5", b"FIN,3,65.5"),
        (PDE, b"FIN,2,65.50000000", b"FIN,2,65.51000000"),
        (PDE, b"RPDE0017D,TD,400001,40.00", b"RPDE0017D,TD,400002,40.00"),
        (PDE, b"40.00,,USD,RECD", b"40.00,,USD,RTM"),
        (PRESET, b"RTM,CB,NON,-1,-9.01", b"RTM,CB,NON,-1,-9.02"),
        (PRESET, b"DisputeSummary,400002,ENDINV,ECP,NON,1,202.7,CAD,202.7,CAD", b""),
    ],
)
def test_total_that_is_wrong_does_not_agree(body: bytes, find: bytes, put: bytes) -> None:
    """By one, in another group, or not stated at all."""
    assert body.count(find) == 1
    assert not is_even(read("dispute_report", body.replace(find, put)).controls)


def test_summary_that_cannot_be_read_holds_the_report() -> None:
    """A total that is none proves nothing."""
    assert checks(read("dispute_report", PDE.replace(b"FIN,2,65", b"FIN,two,65")))[-1] == "jpmorgan.summary"
    assert (
        checks(read("dispute_report", PDE.replace(b"FIN,2,65.50000000", b"FIN,2,6.55E+01")))[-1] == "jpmorgan.summary"
    )


def test_summary_says_what_moves_money() -> None:
    """The rows of these reports do not."""
    lines = sample("dispute_report", "sections/PDE-17.csv").money_lines
    assert [(line.identity, line.net_minor) for line in lines] == [
        ("700000001|CB|RECD|2026-01-05", -2550),
        ("700000001|CB|RECD|2026-01-05|fee", -1500),
        ("700000003|CB|RECD|2026-01-05", -4000),
    ]


def test_fee_with_a_fraction_of_a_cent_is_a_finding_and_not_booked() -> None:
    """Published: -11.44700000."""
    reading = sample("dispute_report", "sections/PDE-17.csv")
    (found,) = [finding for finding in reading.findings if finding.check == "jpmorgan.fee"]
    assert "11.447" in found.found


def test_record_of_another_type_is_quarantined() -> None:
    """It is counted, and nobody knows what it says."""
    reading = read("dispute_report", PDE.replace(b"RPDE0017D,TD,400001,40.00", b"RPDE0099D,TD,400001,40.00"))
    assert (reading.records, reading.accepted) == (3, 2)


def test_rows_that_cannot_be_read_are_counted_all_the_same() -> None:
    """A quarantined row is no missing one."""
    reading = read("dispute_report", PDE.replace(b"700000003", b"7.00E+08"))
    assert (reading.accepted, len(reading.quarantined), is_even(reading.controls)) == (2, 1, True)
