from itertools import permutations
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoup.controls.classes import BY_NAME, CLASSES, class_of_check
from recoup.controls.explain import ABSORBS, RANKS, Cause, at_risk, at_stake, causes, explanation
from recoup.controls.run import CONTROLS
from recoup.controls.symptom import Source, Stake, Symptom
from recoup.domain.money import Amount


def symptom(control: str, cause: str = "one", **more: Any) -> Symptom:
    told = {
        "kind": "money",
        "classes": ("unknown",),
        "partner": "stripe",
        "account": "acct_1",
        "seen": f"{control} {cause} was seen",
        **more,
    }
    return Symptom(control=control, cause=cause, **told)


SETTLES = (Source("stripe", "acct_1", "payout_report"),)
MISSING = symptom("missing_file", feed="payout_report", since_on="2026-03-03", until_on="2026-03-03")
LEG = symptom(
    "leg_unsettled",
    disputes=("dis_1",),
    legs=("dis_1:d1",),
    waits_for=SETTLES,
    since_on="2026-03-02",
    until_on="2026-03-04",
    stakes=(Stake("leg", "dis_1:d1", "USD", 5000),),
)


def controls_of(found: list[Cause]) -> list[list[str]]:
    return [[s.control for s in cause.all] for cause in found]


def test_a_missing_file_explains_what_waits_for_it() -> None:
    """Same partner, account and feed, and days that meet."""
    assert controls_of(causes([LEG, MISSING])) == [["missing_file", "leg_unsettled"]]


OUT = symptom(
    "partner_out",
    kind="delivery",
    account=None,
    silences=(*SETTLES, Source("stripe", "acct_1", "payouts")),
    since_on="2026-03-03",
    until_on="2026-03-05",
    stakes=(Stake("leg", "dis_9", "USD", 700),),
)
BANKED = symptom(
    "bank_unexpected",
    partner="bank",
    account="US",
    waits_for=(Source("adyen", None, "settlement_detail"), Source("stripe", None, "payouts")),
    since_on="2026-03-04",
    until_on="2026-03-04",
    stakes=(Stake("batch", "bank:1", "EUR", 90000),),
)


def test_an_outage_explains_what_waits_for_any_feed_that_is_out() -> None:
    """At the bank and in the house too; its money is that of the deadlines at risk, and what nobody tells of."""
    (cause,) = causes([BANKED, LEG, OUT])
    assert [s.control for s in cause.all] == ["partner_out", "leg_unsettled", "bank_unexpected"]
    assert at_risk(cause) == (Amount(90000, "EUR"), Amount(5700, "USD"))


def test_an_outage_explains_nothing_of_feeds_that_are_not_out() -> None:
    """Nor of other accounts."""
    waits = ((Source("stripe", "acct_1", "webhook"),), (Source("stripe", "acct_2", "payouts"),))
    for told in waits:
        assert len(causes([msgspec.structs.replace(LEG, waits_for=told), OUT])) == 2


@pytest.mark.parametrize(
    "other",
    [
        {"account": "acct_2"},
        {"partner": "adyen"},
        {"feed": "webhook"},
        {"since_on": "2026-03-09", "until_on": "2026-03-09"},
        {"ended_at": 5},
    ],
)
def test_a_file_of_elsewhere_or_another_time_explains_nothing(other: dict[str, Any]) -> None:
    """Nor does one that has come explain what still waits."""
    told = {"feed": "payout_report", "since_on": "2026-03-03", "until_on": "2026-03-03", **other}
    assert controls_of(causes([LEG, symptom("missing_file", **told)])) == [["missing_file"], ["leg_unsettled"]]


def test_what_is_over_explains_what_is_over() -> None:
    """A late file and the leg that was late by it are one closed cause."""
    late = symptom("missing_file", feed="payout_report", since_on="2026-03-03", until_on="2026-03-03", ended_at=7)
    was = symptom("leg_unsettled", waits_for=SETTLES, since_on="2026-03-02", until_on="2026-03-04", ended_at=7)
    assert controls_of(causes([was, late])) == [["missing_file", "leg_unsettled"]]


def test_explanations_chain_to_the_strongest_cause() -> None:
    """A held file explains that it is missing, and through it the leg and its rest."""
    held = symptom("held_delivery", feed="payout_report", since_on="2026-03-03", until_on="2026-03-03")
    rest = symptom("leg_residue", disputes=("dis_1",), legs=("dis_1:d1",))
    found = causes([rest, LEG, MISSING, held])
    assert [cause.root.control for cause in found] == ["held_delivery"]
    assert len(found[0].explains) == 3


def test_what_hangs_together_by_a_thing_goes_before_what_fits_by_its_days() -> None:
    """The house's line for a dispute goes with the dispute's leg, though a stronger cause lies in its days too."""
    held = symptom("held_delivery", feed="payout_report", since_on="2026-03-01", until_on="2026-03-01")
    leg = msgspec.structs.replace(LEG, since_on="2026-03-03")
    house = symptom("house_unexpected", disputes=("dis_1",), since_on="2026-03-01", waits_for=SETTLES)
    assert controls_of(causes([held, MISSING, leg, house])) == [
        ["held_delivery"],
        ["missing_file", "leg_unsettled", "house_unexpected"],
    ]


def test_of_two_files_the_nearer_explains_what_waits() -> None:
    """Each bank line goes with the day before it, whichever file is the stronger cause or comes first by name."""
    held = symptom("held_delivery", feed="payout_report", since_on="2026-03-02", until_on="2026-03-02")
    days = {"waits_for": SETTLES, "since_on": "2026-03-01", "until_on": "2026-03-07"}
    lines = [symptom("bank_unexpected", day, told_on=day, **days) for day in ("2026-03-02", "2026-03-03")]
    found = causes([*lines, MISSING, held])
    assert [(cause.root.control, [s.cause for s in cause.explains]) for cause in found] == [
        ("held_delivery", ["2026-03-02"]),
        ("missing_file", ["2026-03-03"]),
    ]


def test_a_cause_of_one_dispute_does_not_draw_in_what_is_about_several() -> None:
    """Messages about two disputes were lost with a key; that one of them had an odd word before explains neither."""
    refused = symptom("refused_signature", feed="webhook", since_on="2026-03-03", until_on="2026-03-05")
    word = symptom("unknown_word", disputes=("dis_1",))
    lost = symptom(
        "lost_event",
        disputes=("dis_1", "dis_2"),
        waits_for=(Source("stripe", "acct_1", "webhook"),),
        since_on="2026-03-03",
        until_on="2026-03-04",
    )
    assert controls_of(causes([word, lost, refused])) == [["refused_signature", "lost_event"], ["unknown_word"]]


def test_a_double_debit_explains_only_its_own_dispute() -> None:
    """The same symptom of another dispute stays its own break."""
    double = symptom("double_money", disputes=("dis_1",))
    mine = symptom("leg_unannounced", "a", disputes=("dis_1",), legs=("dis_1:d2",))
    other = symptom("leg_unannounced", "b", disputes=("dis_2",), legs=("dis_2:d2",))
    assert controls_of(causes([other, mine, double])) == [["double_money", "leg_unannounced"], ["leg_unannounced"]]


def test_order_of_symptoms_does_not_matter() -> None:
    """Any order gives the same causes."""
    double = symptom("double_money", disputes=("dis_1",))
    expected = causes([MISSING, LEG, double])
    assert all(causes(order) == expected for order in permutations([MISSING, LEG, double]))


_CONTROL = st.sampled_from(sorted(RANKS))
_SOME = st.lists(st.sampled_from(["a", "b", "c"]), max_size=2, unique=True).map(tuple)
_SYMPTOMS = st.lists(
    st.builds(
        symptom,
        _CONTROL,
        st.integers(0, 50).map(str),
        disputes=_SOME,
        legs=_SOME,
        batches=_SOME,
        deliveries=_SOME,
        feed=st.sampled_from(["payout_report", None]),
        waits_for=st.sampled_from([(), SETTLES]),
        ended_at=st.sampled_from([None, 1]),
    ),
    max_size=12,
)


@given(_SYMPTOMS)
def test_each_symptom_is_in_exactly_one_cause(symptoms: list[Symptom]) -> None:
    """Nothing is lost and nothing is told twice; a cause is stronger than what it explains."""
    found = causes(symptoms)
    together = [s for cause in found for s in cause.all]
    assert len(together) == len(symptoms)
    assert all(together.count(s) == symptoms.count(s) for s in symptoms)
    assert all(RANKS[cause.root.control] <= RANKS[s.control] for cause in found for s in cause.explains)


def test_the_same_money_at_two_stations_counts_once() -> None:
    """Two legs are paid in one batch: the batch is not added to them."""
    legs = symptom("leg_unsettled", stakes=(Stake("leg", "a", "USD", 30), Stake("leg", "b", "USD", 40)))
    batch = symptom("batch_unpaid", stakes=(Stake("batch", "po_1", "USD", 60),))
    again = symptom("leg_residue", stakes=(Stake("leg", "a", "USD", 10), Stake("leg", "c", "EUR", 5)))
    assert at_stake([legs, batch, again]) == (Amount(5, "EUR"), Amount(70, "USD"))


def test_at_risk_is_what_the_cause_itself_names() -> None:
    """The same money in another currency, or once for each leg, adds nothing; a file names none, so its legs count."""
    root = symptom("double_money", stakes=(Stake("line", "x", "USD", 30),))
    seen = symptom("leg_residue", stakes=(Stake("leg", "a", "USD", 30), Stake("leg", "b", "EUR", 40)))
    assert at_risk(Cause(root, (seen,))) == (Amount(30, "USD"),)
    assert at_risk(Cause(symptom("missing_file"), (seen,))) == (Amount(40, "EUR"), Amount(30, "USD"))


def test_an_explanation_reads_as_sentences() -> None:
    """What we saw, expected, money, what else, why, where next."""
    text = explanation(Cause(MISSING, (LEG, LEG)))
    assert text == (
        "missing_file one was seen. Money at risk: 50.00 USD. It also explains 2 legs that are not settled. "
        "The likeliest cause: nothing that we know of fits. Look next: recoup trace dis_1."
    )


def test_the_table_of_explanations_names_controls_and_leads_from_strong_to_weak() -> None:
    """A typing error here would silently explain nothing."""
    for control, _, takes in ABSORBS:
        assert control in RANKS
        assert set(takes) <= set(RANKS)
        assert all(RANKS[control] < RANKS[taken] for taken in takes), control


def test_every_control_has_a_rank() -> None:
    """The functions of the check and the ranks name the same controls."""
    names = {control.__name__ for control in CONTROLS} - {"wrong_house_merchant"}
    assert names == set(RANKS)


def test_classes_are_named_once_and_say_what_to_do() -> None:
    """Each has a cause and a place to look."""
    assert len(BY_NAME) == len(CLASSES)
    for known in CLASSES:
        assert known.cause
        assert not known.cause.endswith(".")
        assert known.look.startswith("recoup ")


@pytest.mark.parametrize(
    ("check", "name"),
    [
        ("intake.control_total", "control_total"),
        ("intake.record_count", "control_total"),
        ("lifecycle.regression", "status_regression"),
        ("lifecycle.jump", "stage_jump"),
        ("observation.same_id_other_content", "same_id_other_body"),
        ("money.restated", "restatement"),
        ("delimited.encoding", "format_drift"),
        ("stripe.unknown_reason", "unknown_reason"),
        ("anything.else", "bad_record"),
    ],
)
def test_a_findings_code_names_its_class(check: str, name: str) -> None:
    """By the words in it."""
    assert class_of_check(check) == name
    assert name in BY_NAME
