"""What shows a cause, put together by control and class, as its break keeps it."""

from collections.abc import Sequence

from recoup.controls.explain import Cause, at_stake
from recoup.controls.symptom import Symptom
from recoup.domain.symptoms import Symptoms, bounded


def shown(cause: Cause) -> list[Symptoms]:
    """Give what shows a cause: its own symptom first, then what it explains, each control and class once, by rank."""
    groups: dict[tuple[str, str], list[Symptom]] = {}
    for symptom in cause.explains:
        groups.setdefault((symptom.control, symptom.classes[0]), []).append(symptom)
    return [_together([cause.root]), *map(_together, groups.values())]


def _together(symptoms: Sequence[Symptom]) -> Symptoms:
    disputes, more_disputes = bounded(key for s in symptoms for key in s.disputes)
    legs, more_legs = bounded(key for s in symptoms for key in s.legs)
    batches, more_batches = bounded(key for s in symptoms for key in s.batches)
    deliveries, more_deliveries = bounded(key for s in symptoms for key in s.deliveries)
    return Symptoms(
        control=symptoms[0].control,
        class_=symptoms[0].classes[0],
        things=sum(s.things for s in symptoms),
        disputes=disputes,
        legs=legs,
        batches=batches,
        deliveries=deliveries,
        amounts=at_stake(symptoms),
        left_out=more_disputes + more_legs + more_batches + more_deliveries,
    )
