"""Adyen: webhooks without event ids, reports that name batches, no list of disputes. Read README.md."""
