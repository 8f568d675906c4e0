"""Stripe: signed webhooks, a list of disputes, balance transactions, payouts and reports."""
