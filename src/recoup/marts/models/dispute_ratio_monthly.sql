-- grain: One merchant in one month: first chargebacks against payments.
-- key: merchant, month
-- owner: risk
-- freshness: with each delivery
-- note: A chain counts once, by its first chargeback, in the month in which that was opened. Payments carry no network,
--    so both sides are of all networks; Visa and Amex divide by the same month, Mastercard by the month before.
-- note: Ratios are rounded down, and empty where there was no payment. Months are those of UTC.
-- merchant VARCHAR: Who is owed.
-- month VARCHAR: The month, YYYY-MM.
-- chargebacks BIGINT rows: First chargebacks opened in it.
-- payments BIGINT rows: Payments captured in it.
-- payments_before BIGINT rows: Payments captured in the month before.
-- ratio_bps BIGINT bps: Chargebacks per payment of the same month, in basis points.
-- ratio_before_bps BIGINT bps: Chargebacks per payment of the month before, in basis points.
with charged as (
  select merchant, opened_month as month, count(*) as chargebacks
  from dispute_profiles
  where is_first_chargeback and merchant is not null
  group by merchant, opened_month
), captured as (
  select merchant, month, cast(sum(payments) as bigint) as payments,
    substr(cast(cast(month || '-01' as date) + 31 as varchar), 1, 7) as next_month
  from payments_monthly
  group by merchant, month
), months as (
  select merchant, month from charged
  union
  select merchant, month from captured
)
select m.merchant, m.month,
  coalesce(c.chargebacks, 0) as chargebacks,
  coalesce(p.payments, 0) as payments,
  coalesce(b.payments, 0) as payments_before,
  10000 * coalesce(c.chargebacks, 0) // nullif(p.payments, 0) as ratio_bps,
  10000 * coalesce(c.chargebacks, 0) // nullif(b.payments, 0) as ratio_before_bps
from months as m
left join charged as c on c.merchant = m.merchant and c.month = m.month
left join captured as p on p.merchant = m.merchant and p.month = m.month
left join captured as b on b.merchant = m.merchant and b.next_month = m.month
;
-- assert: every first chargeback of a merchant is counted once
select r.chargebacks, d.chargebacks
from (select coalesce(sum(chargebacks), 0) as chargebacks from dispute_ratio_monthly) as r
cross join (
  select count(*) as chargebacks from dispute_profiles where is_first_chargeback and merchant is not null
) as d
where r.chargebacks <> d.chargebacks
