-- grain: What is open on one clearing account at one partner, in one currency and bucket of age.
-- key: account, partner, currency, age
-- owner: books
-- freshness: with each delivery; ages with the present
-- note: Debits and credits are not netted: two open legs that cancel are two open legs.
-- account VARCHAR: Account of the ledger's chart.
-- partner VARCHAR: Partner it is kept by.
-- currency VARCHAR: Currency of the amounts.
-- age VARCHAR: Bucket of age in days: 0-1, 2-7, 8-30, 31-90 or over 90.
-- balances BIGINT rows: How many balances are open.
-- debit_minor BIGINT minor: Sum of those that are debits.
-- credit_minor BIGINT minor: Sum of those that are credits, as a positive number.
-- oldest_at TIMESTAMP: When the oldest posting among them was booked.
select account, partner, currency, age, count(*) as balances,
  cast(coalesce(sum(cast(balance_minor as decimal(38,0))) filter (where balance_minor > 0), 0) as bigint) as debit_minor,
  cast(coalesce(-sum(cast(balance_minor as decimal(38,0))) filter (where balance_minor < 0), 0) as bigint)
    as credit_minor,
  min(oldest_at) as oldest_at
from clearing
group by account, partner, currency, age
;
-- assert: what is open by age is what is open
select a.account, a.currency
from (
  select account, currency,
    sum(cast(debit_minor as decimal(38,0))) - sum(cast(credit_minor as decimal(38,0))) as net
  from ageing group by account, currency
) as a
join (
  select account, currency, sum(cast(balance_minor as decimal(38,0))) as net from clearing group by account, currency
) as c on c.account = a.account and c.currency = a.currency
where a.net <> c.net
