-- grain: One dispute, with what is derived from where it stands and from its chain.
-- key: dispute
-- owner: disputes
-- freshness: with each delivery
-- note: A chain's first chargeback is the earliest of its disputes of kind dispute that stand at a chargeback or later,
--    so that a chain counts once however often it is taken again; an inquiry without a debit counts nowhere.
-- note: Days and months are those of UTC.
-- dispute VARCHAR: Our id of the dispute.
-- chain VARCHAR: Id shared by the disputes of one case.
-- partner VARCHAR: Who told it.
-- account VARCHAR: Our account at the partner.
-- merchant VARCHAR: Who is owed; empty where no payment is known.
-- payment VARCHAR: The house's id of the payment.
-- network VARCHAR: Card network or scheme.
-- kind VARCHAR: notice, alert, resolution, request, dispute, return or compliance_case.
-- stage VARCHAR: Where it stands.
-- outcome VARCHAR: How it ended; empty while open.
-- category VARCHAR: What the reason is about: fraud, authorization, processing_error, consumer; unknown where no table
--    has the reason.
-- is_fraud BOOLEAN: The reason is one of fraud, by the network's code or the partner's word for it.
-- is_open BOOLEAN: Nobody has decided it.
-- is_first_chargeback BOOLEAN: It is the one dispute of its chain that ratios count.
-- chain_place BIGINT: Which dispute of its chain it is, from 1, by when it was opened.
-- opened_on DATE: Day on which the partner opened it, else on which its latest step happened.
-- opened_month VARCHAR: Month of that day, YYYY-MM.
-- moved_month VARCHAR: Month of its latest step, YYYY-MM.
-- currency VARCHAR: Currency of the amounts.
-- amount_minor BIGINT minor: Disputed.
-- amount_won_minor BIGINT minor: What came back to us.
-- amount_lost_minor BIGINT minor: What is gone.
with dated as (
  select
    dispute, chain, partner, account, merchant, payment, network, kind, stage, outcome, reason_code, currency,
    amount_minor, amount_won_minor, amount_lost_minor,
    coalesce(opened_at, moved_at) as began_at, moved_at,
    coalesce(kind = 'dispute' and stage not in ('inquiry', 'collaboration', 'unknown'), false) as is_chargeback
  from disputes
), placed as (
  select
    d.dispute, d.chain, d.partner, d.account, d.merchant, d.payment, d.network, d.kind, d.stage, d.outcome,
    d.reason_code, d.currency, d.amount_minor, d.amount_won_minor, d.amount_lost_minor, d.is_chargeback,
    cast('1970-01-01' as date) + cast(began_at // 86400000000 as integer) as opened_on,
    cast('1970-01-01' as date) + cast(moved_at // 86400000000 as integer) as moved_on,
    row_number() over (partition by chain order by began_at, dispute) as chain_place,
    row_number() over (partition by chain, is_chargeback order by began_at, dispute) as place_in_kind,
    r.category as category_of_code
  from dated as d
  left join reason_names as r on r.network = d.network and r.name = trim(d.reason_code)
)
select
  dispute, chain, partner, account, merchant, payment, network, kind, stage, outcome,
  case
    when category_of_code is not null then category_of_code
    when lower(reason_code) in ('fraudulent', 'fraud') then 'fraud'
    else 'unknown'
  end as category,
  coalesce(category_of_code = 'fraud' or lower(reason_code) in ('fraudulent', 'fraud'), false) as is_fraud,
  outcome is null as is_open,
  is_chargeback and place_in_kind = 1 as is_first_chargeback,
  cast(chain_place as bigint) as chain_place,
  opened_on,
  substr(cast(opened_on as varchar), 1, 7) as opened_month,
  substr(cast(moved_on as varchar), 1, 7) as moved_month,
  currency, amount_minor, amount_won_minor, amount_lost_minor
from placed
;
-- assert: a chain has at most one first chargeback
select chain from dispute_profiles where is_first_chargeback group by chain having count(*) > 1
;
-- assert: every dispute is there once
select d.dispute from disputes as d left join dispute_profiles as p on p.dispute = d.dispute where p.dispute is null
