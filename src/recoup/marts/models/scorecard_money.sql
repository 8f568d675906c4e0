-- grain: The money that counts in one figure of one account's scorecard in one month, in one currency.
-- key: partner, account, month, figure, currency
-- owner: partners
-- freshness: with each check; ages with the present
-- note: Amounts of two currencies, or of two figures, are never added: the same money can be late and wrong.
-- partner VARCHAR: Whose scorecard.
-- account VARCHAR: Our account at the partner; empty text where it is of none.
-- month VARCHAR: The month, YYYY-MM, UTC.
-- figure VARCHAR: Name of the figure, of scorecard_figures.
-- currency VARCHAR: Currency of the amount.
-- amount_minor BIGINT minor: Sum of what is in question.
-- amounts BIGINT rows: How many amounts were summed.
with valued as (
  select partner, account, month, figure, currency, amount_minor from scored_money where amount_minor is not null
  union all
  select partner, account, month, figure, currency, amount_minor from scored_breaks where amount_minor is not null
)
select partner, account, month, figure, currency,
  cast(sum(cast(amount_minor as decimal(38, 0))) as bigint) as amount_minor, count(*) as amounts
from valued
where currency is not null
group by partner, account, month, figure, currency
