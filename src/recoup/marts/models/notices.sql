-- grain: One notice of fraud (TC40, SAFE, early fraud warning), and whether its payment was disputed afterwards.
-- key: dispute
-- owner: disputes
-- freshness: with each delivery
-- dispute VARCHAR: Our id of the notice.
-- partner VARCHAR: Who told it.
-- account VARCHAR: Our account at the partner.
-- merchant VARCHAR: Who is owed.
-- network VARCHAR: Card network.
-- payment VARCHAR: The house's id of the payment.
-- opened_on DATE: Day of the notice.
-- opened_month VARCHAR: Month of the notice, YYYY-MM.
-- currency VARCHAR: Currency of the amount.
-- amount_minor BIGINT minor: Reported as fraud.
-- chargebacks BIGINT rows: First chargebacks of the same payment, whenever they came.
with charged as (
  select payment, count(*) as chargebacks
  from dispute_profiles
  where is_first_chargeback and payment is not null
  group by payment
)
select n.dispute, n.partner, n.account, n.merchant, n.network, n.payment, n.opened_on, n.opened_month, n.currency,
  n.amount_minor, coalesce(c.chargebacks, 0) as chargebacks
from dispute_profiles as n
left join charged as c on c.payment = n.payment
where n.kind = 'notice'
