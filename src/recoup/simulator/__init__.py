"""A small marketplace with true disputes and money, two partners, a house and a bank, and what they send of it."""
