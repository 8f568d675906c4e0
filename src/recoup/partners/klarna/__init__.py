"""Klarna: signed webhooks of disputes, dispute pages, settlement reports."""
