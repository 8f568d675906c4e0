"""American Express as an acquirer and issuer in one: chargeback notifications and settlement files, fixed width."""
