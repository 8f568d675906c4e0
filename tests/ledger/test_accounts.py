from recoup.ledger.accounts import accounts, chart, clearing_accounts


def test_seven_accounts_return_to_zero() -> None:
    """Those that breaks are made of."""
    assert set(clearing_accounts()) == {
        "partner_clearing",
        "settlement_clearing",
        "payout_clearing",
        "merchant_clearing",
        "fx_position",
        "suspense",
        "opening_clearing",
    }


def test_every_account_says_what_it_means() -> None:
    """No row without a meaning, no account twice."""
    assert all(row.meaning for row in accounts())
    assert len(chart()) == len(accounts())
