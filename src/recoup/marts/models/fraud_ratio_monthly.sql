-- grain: One merchant in one month: fraud notices and first chargebacks against payments.
-- key: merchant, month
-- owner: risk
-- freshness: with each delivery
-- note: Notices (TC40, SAFE) and chargebacks (TC15) stay separate facts: one fraud may be in both, and programmes that
--    add them count it twice. What pre-dispute products solved is no chargeback here; wins by compelling evidence are not
--    taken out, as no partner tells them apart. Payments are all that the house captured, not only card-not-present.
-- note: Ratios are rounded down, and empty where there was no payment. Months are those of UTC.
-- merchant VARCHAR: Who is owed.
-- month VARCHAR: The month, YYYY-MM.
-- notices BIGINT rows: Fraud notices of the month.
-- fraud_chargebacks BIGINT rows: First chargebacks of the month with a reason of fraud.
-- chargebacks BIGINT rows: First chargebacks of the month.
-- payments BIGINT rows: Payments captured in it.
-- payments_before BIGINT rows: Payments captured in the month before.
-- notices_and_chargebacks_bps BIGINT bps: Notices and chargebacks per payment of the same month, in basis points.
-- fraud_chargebacks_before_bps BIGINT bps: Fraud chargebacks per payment of the month before, in basis points.
with counted as (
  select merchant, opened_month as month,
    count(*) filter (where kind = 'notice') as notices,
    count(*) filter (where is_first_chargeback and is_fraud) as fraud_chargebacks
  from dispute_profiles
  where merchant is not null and (kind = 'notice' or is_first_chargeback)
  group by merchant, opened_month
), months as (
  select merchant, month from counted
  union
  select merchant, month from dispute_ratio_monthly
)
select m.merchant, m.month,
  coalesce(c.notices, 0) as notices,
  coalesce(c.fraud_chargebacks, 0) as fraud_chargebacks,
  coalesce(r.chargebacks, 0) as chargebacks,
  coalesce(r.payments, 0) as payments,
  coalesce(r.payments_before, 0) as payments_before,
  10000 * (coalesce(c.notices, 0) + coalesce(r.chargebacks, 0)) // nullif(r.payments, 0) as notices_and_chargebacks_bps,
  10000 * coalesce(c.fraud_chargebacks, 0) // nullif(r.payments_before, 0) as fraud_chargebacks_before_bps
from months as m
left join counted as c on c.merchant = m.merchant and c.month = m.month
left join dispute_ratio_monthly as r on r.merchant = m.merchant and r.month = m.month
;
-- assert: chargebacks of fraud are chargebacks
select merchant, month from fraud_ratio_monthly where fraud_chargebacks > chargebacks
