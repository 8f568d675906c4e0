-- grain: One balance that has not returned to zero: by leg of a dispute, or by batch, payout or line.
-- key: book, account, partner, partner_account, merchant, dispute, leg, batch, currency
-- owner: books
-- freshness: with each delivery; ages with the present
-- note: The accounts that return to zero are those of the ledger's chart, group "returns to zero".
-- book VARCHAR: Set of books.
-- account VARCHAR: Account of the ledger's chart.
-- partner VARCHAR: Partner it is kept by.
-- partner_account VARCHAR: Our account at the partner.
-- merchant VARCHAR: Merchant it is kept by, else the dispute's.
-- dispute VARCHAR: Our id of the dispute, where it is kept by leg.
-- leg VARCHAR: Movement of the dispute, like d1.
-- batch VARCHAR: Batch, payout or line, where it is kept by that.
-- currency VARCHAR: Currency of the balance.
-- balance_minor BIGINT minor: What is open; debits are positive.
-- oldest_at TIMESTAMP: When its oldest posting was booked.
-- age_days BIGINT days: Whole days from then to the present.
-- age VARCHAR: Bucket of that age: 0-1, 2-7, 8-30, 31-90 or over 90 days.
with summed as (
  select b.book, b.account, b.partner, b.partner_account, coalesce(b.merchant, d.merchant) as merchant, b.dispute, b.leg,
    b.batch, b.currency, cast(sum(cast(b.balance_minor as decimal(38,0))) as bigint) as balance_minor,
    min(b.oldest_at) as oldest_at
  from balances as b
  left join disputes as d on d.dispute = b.dispute
  where b.account in (
    'partner_clearing', 'settlement_clearing', 'payout_clearing', 'merchant_clearing', 'fx_position', 'suspense',
    'opening_clearing'
  )
  group by b.book, b.account, b.partner, b.partner_account, coalesce(b.merchant, d.merchant), b.dispute, b.leg, b.batch,
    b.currency
), aged as (
  select book, account, partner, partner_account, merchant, dispute, leg, batch, currency, balance_minor, oldest_at,
    greatest(m.as_of_at - oldest_at, 0) // 86400000000 as age_days
  from summed
  cross join moment as m
  where balance_minor <> 0
)
select book, account, partner, partner_account, merchant, dispute, leg, batch, currency, balance_minor, oldest_at, age_days,
  case
    when age_days <= 1 then '0-1'
    when age_days <= 7 then '2-7'
    when age_days <= 30 then '8-30'
    when age_days <= 90 then '31-90'
    else 'over 90'
  end as age
from aged
