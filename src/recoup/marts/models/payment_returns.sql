-- grain: One payment that was refunded or disputed: what was captured, and how it went back.
-- key: payment
-- owner: house
-- freshness: with each delivery
-- note: Counted in the currency of the payment; what went back in another currency is told as returned_otherwise.
-- note: Disputed is what announced debits took less what announced credits gave back.
-- payment VARCHAR: The house's id of the payment.
-- merchant VARCHAR: Who is owed.
-- partner VARCHAR: Where it was captured.
-- currency VARCHAR: Currency of the amounts.
-- captured_minor BIGINT minor: Captured.
-- refunded_minor BIGINT minor: Refunded.
-- disputed_minor BIGINT minor: Taken by disputes and not given back.
-- returned_otherwise BIGINT rows: Refunds and legs in another currency, which are not summed here.
-- left_minor BIGINT minor: Captured less refunded and disputed.
-- is_over_returned BOOLEAN: More went back than was captured.
with moved as (
  select payment, currency, amount_minor as refunded_minor, cast(0 as bigint) as disputed_minor from refunds
  union all
  select d.payment, l.currency, cast(0 as bigint) as refunded_minor,
    case when l.kind = 'debit' then l.amount_minor else -l.amount_minor end as disputed_minor
  from legs as l
  join disputes as d on d.dispute = l.dispute
  where l.kind in ('debit', 'credit') and d.payment is not null
), summed as (
  select p.payment, p.merchant, p.partner, p.currency, p.captured_minor,
    cast(coalesce(sum(cast(m.refunded_minor as decimal(38,0))) filter (where m.currency = p.currency), 0) as bigint)
      as refunded_minor,
    cast(coalesce(sum(cast(m.disputed_minor as decimal(38,0))) filter (where m.currency = p.currency), 0) as bigint)
      as disputed_minor,
    count(*) filter (where m.currency <> p.currency) as returned_otherwise
  from payments as p
  join moved as m on m.payment = p.payment
  group by p.payment, p.merchant, p.partner, p.currency, p.captured_minor
)
select payment, merchant, partner, currency, captured_minor, refunded_minor, disputed_minor, returned_otherwise,
  captured_minor - refunded_minor - disputed_minor as left_minor,
  refunded_minor + disputed_minor > captured_minor as is_over_returned
from summed
