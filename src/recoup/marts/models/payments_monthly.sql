-- grain: What one merchant captured in one month in one currency, and what was refunded of it since.
-- key: merchant, month, currency
-- owner: house
-- freshness: with each delivery
-- note: Months are those of UTC.
-- merchant VARCHAR: Who is owed.
-- month VARCHAR: Month of the capture, YYYY-MM.
-- currency VARCHAR: Currency of the amounts.
-- payments BIGINT rows: Payments captured.
-- captured_minor BIGINT minor: Captured.
-- refunded_payments BIGINT rows: Payments of them that were refunded, in whole or in part, whenever.
-- refunded_minor BIGINT minor: Refunded of them, whenever, in the currency of the payment.
with refunded as (
  select payment, currency, cast(sum(cast(amount_minor as decimal(38,0))) as bigint) as refunded_minor
  from refunds
  group by payment, currency
)
select p.merchant,
  substr(cast(cast('1970-01-01' as date) + cast(p.captured_at // 86400000000 as integer) as varchar), 1, 7) as month,
  p.currency,
  count(*) as payments,
  cast(sum(cast(p.captured_minor as decimal(38,0))) as bigint) as captured_minor,
  count(r.payment) as refunded_payments,
  cast(coalesce(sum(cast(r.refunded_minor as decimal(38,0))), 0) as bigint) as refunded_minor
from payments as p
left join refunded as r on r.payment = p.payment and r.currency = p.currency
group by p.merchant,
  substr(cast(cast('1970-01-01' as date) + cast(p.captured_at // 86400000000 as integer) as varchar), 1, 7), p.currency
