-- grain: One chain: the disputes of one payment that share a case id, an ARN or an original id.
-- key: chain
-- owner: disputes
-- freshness: with each delivery
-- chain VARCHAR: Id shared by the disputes of one case.
-- partner VARCHAR: Who told of its first dispute.
-- merchant VARCHAR: Whose its first dispute is.
-- network VARCHAR: Network of its first dispute.
-- first_dispute VARCHAR: The dispute that was opened first.
-- last_dispute VARCHAR: The dispute that was opened last.
-- disputes BIGINT rows: How many there are.
-- open_disputes BIGINT rows: How many nobody has decided.
-- opened_on DATE: Day on which the first was opened.
-- last_stage VARCHAR: Where the last stands.
-- last_outcome VARCHAR: How the last ended; empty while open.
-- has_chargeback BOOLEAN: It counts in ratios, once.
with ends as (
  select chain, min(chain_place) as first_place, max(chain_place) as last_place, count(*) as disputes,
    count(*) filter (where is_open) as open_disputes,
    count(*) filter (where is_first_chargeback) as chargebacks
  from dispute_profiles
  group by chain
)
select e.chain, f.partner, f.merchant, f.network, f.dispute as first_dispute, l.dispute as last_dispute,
  e.disputes, e.open_disputes, f.opened_on, l.stage as last_stage, l.outcome as last_outcome,
  e.chargebacks > 0 as has_chargeback
from ends as e
join dispute_profiles as f on f.chain = e.chain and f.chain_place = e.first_place
join dispute_profiles as l on l.chain = e.chain and l.chain_place = e.last_place
;
-- assert: chains hold every dispute once
select c.disputes, d.disputes
from (select sum(disputes) as disputes from chains) as c
cross join (select count(*) as disputes from disputes) as d
where coalesce(c.disputes, 0) <> d.disputes
