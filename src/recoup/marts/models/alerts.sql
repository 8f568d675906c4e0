-- grain: One alert or resolution before a chargeback (Ethoca, CDRN, RDR), and whether a chargeback came all the same.
-- key: dispute
-- owner: disputes
-- freshness: with each delivery
-- dispute VARCHAR: Our id of the alert.
-- kind VARCHAR: alert, which wants an answer, or resolution, which moved money without a chargeback.
-- partner VARCHAR: Who told it.
-- account VARCHAR: Our account at the partner.
-- merchant VARCHAR: Who is owed.
-- network VARCHAR: Card network.
-- payment VARCHAR: The house's id of the payment.
-- outcome VARCHAR: How it ended; empty while open.
-- opened_on DATE: Day of the alert.
-- currency VARCHAR: Currency of the amount.
-- amount_minor BIGINT minor: In question.
-- is_prevented BOOLEAN: It ended without a chargeback, as far as we know.
-- chargebacks BIGINT rows: First chargebacks of the same payment, whenever they came.
with charged as (
  select payment, count(*) as chargebacks
  from dispute_profiles
  where is_first_chargeback and payment is not null
  group by payment
)
select a.dispute, a.kind, a.partner, a.account, a.merchant, a.network, a.payment, a.outcome, a.opened_on, a.currency,
  a.amount_minor, coalesce(a.outcome in ('prevented', 'refunded') and c.chargebacks is null, false) as is_prevented,
  coalesce(c.chargebacks, 0) as chargebacks
from dispute_profiles as a
left join charged as c on c.payment = a.payment
where a.kind in ('alert', 'resolution')
