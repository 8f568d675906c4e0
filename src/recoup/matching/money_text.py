"""Amounts as text in SQL, with the decimals of their currency; whole numbers all the way. Pure."""


def money_text(amount: str, exponent: str, currency: str) -> str:
    """Give the expression that writes an amount in minor units: 12.34 EUR.

    Args:
      amount: A BIGINT expression; it stands in the result several times.
      exponent: How many decimals its currency has, BIGINT.
      currency: The currency's code.
    """
    digits = f"cast(abs({amount}) as varchar)"
    padded = f"lpad({digits}, cast(greatest(length({digits}), {exponent} + 1) as integer), '0')"
    whole = f"substr({padded}, 1, cast(length({padded}) - {exponent} as integer))"
    sign = f"case when {amount} < 0 then '-' else '' end"
    decimals = f"case when {exponent} = 0 then '' else '.' || right({padded}, cast({exponent} as integer)) end"
    return f"({sign} || {whole} || {decimals} || ' ' || {currency})"
