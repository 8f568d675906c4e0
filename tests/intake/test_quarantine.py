"""What a person writes about bad records is cleaned like what a partner sends."""

from pathlib import Path

import pytest
from sqlalchemy import select

from recoup.errors import QuarantineEmpty
from recoup.storage import schema
from tests.fakes.homes import home

PAGE = """{"object": "list", "url": "/v1/disputes", "has_more": false, "data": [
  {"id": "dp_1", "object": "dispute", "charge": "ch_1", "amount": "1_000", "currency": "eur",
   "status": "needs_response", "reason": "fraudulent", "created": 1769850000}]}"""


def test_a_card_number_in_a_reason_is_masked(tmp_path: Path) -> None:
    """It would stand in the register in clear, for as long as the register lives."""
    page = tmp_path / "page.json"
    page.write_text(PAGE)
    with home(tmp_path / "home", setup=None) as app:
        assert app.ingest([page], partner="stripe", feed="disputes").quarantined == 1
        columns = (schema.quarantine.c.delivery, schema.quarantine.c.release_reason)
        with app.register.reading() as view:
            ((delivery, _),) = view.rows(select(*columns))
        assert app.release(delivery, None, "told of card 4111 1111 1111 1111") == 1
        with app.register.reading() as view:
            assert view.rows(select(*columns)) == [(delivery, "told of card 411111******1111")]
        with pytest.raises(QuarantineEmpty):
            app.release(delivery, None, "again")
