"""Checkout.com: signed events, a list of disputes by offset, settlement, payout and financial action reports."""
