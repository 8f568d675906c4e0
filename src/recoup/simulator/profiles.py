"""The registry of profiles: every partner that can be simulated, and how those of one world are chosen.

A new profile is a folder beside this file with the same pieces as its neighbours: `profile.py` says what the world must
know of it, its wire writers how it speaks; one line here, and one in `tellers.py`.
"""

from collections.abc import Sequence

from recoup.errors import SetupInvalid
from recoup.simulator import adyen, jpmorgan, klarna, mollie, sepa, stripe
from recoup.simulator.profile import Profile

PROFILES: dict[str, Profile] = {
    found.partner: found
    for found in (
        stripe.PROFILE,
        adyen.PROFILE,
        sepa.PROFILE,
        mollie.PROFILE,
        klarna.PROFILE,
        jpmorgan.PROFILE,
    )
}
USUAL = ("stripe", "adyen")
"""The partners of a world for which none were named; those of the demo."""


def chosen_partners(text: str) -> tuple[str, ...]:
    """Read which partners a person asks for: `all`, or names with commas between them; in the order of the registry.

    Raises:
      SetupInvalid: None is named, or one that has no profile.
    """
    words = list(PROFILES) if text.strip() == "all" else [word.strip() for word in text.split(",") if word.strip()]
    return in_order(words)


def in_order(names: Sequence[str]) -> tuple[str, ...]:
    """Give partners in the order of the registry, each once.

    Raises:
      SetupInvalid: None is named, or one that has no profile.
    """
    unknown = [name for name in names if name not in PROFILES]
    if unknown or not names:
        found = repr(unknown[0]) if unknown else "none"
        raise SetupInvalid(where="partners", found=found, wanted=f"some of {', '.join(PROFILES)}")
    return tuple(name for name in PROFILES if name in names)
