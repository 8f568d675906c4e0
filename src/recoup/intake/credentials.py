"""Keys of a setup, checked against what their partner wants before anything of the setup is taken."""

from recoup.errors import SetupInvalid
from recoup.intake.directory import AccountSetup, Key
from recoup.intake.grounding import API_KEY
from recoup.partners.access import Credentials, flaw
from recoup.partners.contract import Partner

_REMEDY = "Mend the file; nothing of it was taken."


def check_keys(account: AccountSetup, partner: Partner) -> None:
    """Refuse keys that would let nobody in.

    Raises:
      SetupInvalid: A client id where none belongs, or a key named `api` that is not what the partner's API takes; the
        message says what it takes, and carries no letter of what was given.
    """
    for key in account.key:
        where = f"{account.partner}/{account.account}, key {key.name}"
        if key.name != API_KEY and key.client_id is not None:
            raise SetupInvalid(where, "a client_id", f"one on the key named {API_KEY} alone", _REMEDY)
        if key.name == API_KEY and (partner.sweep or partner.fetch):
            _check(where, partner, credentials_of(key))


def credentials_of(key: Key) -> Credentials:
    """Give what a key says for an API."""
    return Credentials(key.secret, key.client_id)


def _check(where: str, partner: Partner, given: Credentials) -> None:
    wrong = flaw(partner.access, given)
    if wrong is not None:
        found, wanted = wrong
        raise SetupInvalid(where, found, f"what {partner.name} wants: {wanted}", _REMEDY)
