"""Mollie: webhooks that say only an id, signed events, chargebacks, balance transactions and settlements."""
