"""Braintree: signed XML messages, searches for disputes, and exports of its GraphQL API. See README.md."""
