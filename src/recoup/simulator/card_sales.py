"""What cardholders pay with, and in which currencies: shared by profiles of partners that take cards."""

BRANDS = ("visa", "visa", "visa", "visa", "mc", "mc", "mc", "amex")
SELLS = {"JPY": (7, 40), "KWD": (13, 64)}
"""Yen and dinar, which show mistakes with exponents: the first number of a day, and each so many after it."""
