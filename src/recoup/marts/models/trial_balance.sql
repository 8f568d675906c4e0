-- grain: One account of the chart in one book, at one partner, for one merchant, in one currency.
-- key: book, account, partner, merchant, currency
-- owner: books
-- freshness: with each delivery
-- book VARCHAR: Set of books.
-- account VARCHAR: Account of the ledger's chart.
-- partner VARCHAR: Partner it is kept by.
-- merchant VARCHAR: Merchant it is kept by; empty for our own accounts.
-- currency VARCHAR: Currency of the amounts.
-- debit_minor BIGINT minor: Sum of balances that are debits.
-- credit_minor BIGINT minor: Sum of balances that are credits, as a positive number.
-- balance_minor BIGINT minor: Debits less credits.
select book, account, partner, merchant, currency,
  cast(coalesce(sum(cast(balance_minor as decimal(38,0))) filter (where balance_minor > 0), 0) as bigint) as debit_minor,
  cast(coalesce(-sum(cast(balance_minor as decimal(38,0))) filter (where balance_minor < 0), 0) as bigint)
    as credit_minor,
  cast(sum(cast(balance_minor as decimal(38,0))) as bigint) as balance_minor
from balances
group by book, account, partner, merchant, currency
;
-- assert: in each book and currency debits equal credits
select book, currency from trial_balance
group by book, currency having sum(cast(balance_minor as decimal(38,0))) <> 0
