-- grain: One kind of fee of one dispute in one currency: what the contract says, and what was charged.
-- key: dispute, kind, currency
-- owner: money
-- freshness: with each delivery; the contract when accounts are set up
-- note: Expected is the fee for receiving (received, bank_return or alert, by the kind of dispute) once a debit was
--    announced; zero where the contract gives it back on a win and the dispute is won. Any other kind of fee is expected
--    only where it was charged, at the amount agreed. Charged is what stands on fee_expense.
-- note: Without a term the state is no_contract and expected is empty, never zero.
-- dispute VARCHAR: Our id of the dispute.
-- partner VARCHAR: Who charges.
-- account VARCHAR: Our account at the partner.
-- merchant VARCHAR: Who is owed.
-- kind VARCHAR: received, countered, arbitration, alert, programme, bank_return, processing or compensation.
-- currency VARCHAR: Currency of the amounts.
-- expected_minor BIGINT minor: As agreed; a cost is positive; empty where nothing was agreed.
-- charged_minor BIGINT minor: As booked; a cost is positive.
-- difference_minor BIGINT minor: Charged less expected; empty where nothing was agreed.
-- state VARCHAR: equal, over, under, waiting (nothing of the debit was settled yet) or no_contract.
with announced as (
  select dispute from legs where kind = 'debit' group by dispute
), due as (
  select d.dispute, d.partner, d.account, d.merchant, d.outcome, d.opened_on,
    case d.kind when 'return' then 'bank_return' when 'alert' then 'alert' when 'resolution' then 'alert'
      else 'received' end as kind
  from dispute_profiles as d
  join announced as a on a.dispute = d.dispute
), agreed as (
  select d.dispute, f.kind, f.currency, d.kind as kind_due,
    case when f.is_refunded_on_win and d.outcome = 'won' then cast(0 as bigint) else f.amount_minor end as expected_minor
  from dispute_profiles as p
  join due as d on d.dispute = p.dispute
  join contract_fees as f on f.partner = p.partner and f.account = p.account and f.valid_from <= p.opened_on
    and (f.valid_to is null or p.opened_on < f.valid_to)
  where f.amount_minor is not null
), charged as (
  select p.dispute, coalesce(p.sort, 'received') as kind, p.currency,
    cast(sum(cast(p.amount_minor as decimal(38,0))) as bigint) as charged_minor
  from postings as p
  join entries as e on e.entry = p.entry
  where e.is_active and p.account = 'fee_expense' and p.dispute is not null
  group by p.dispute, coalesce(p.sort, 'received'), p.currency
), settled as (
  select p.dispute
  from postings as p
  join entries as e on e.entry = p.entry
  where e.is_active and e.rule in ('debit_settled', 'debit_settled_converted') and p.dispute is not null
    and coalesce(p.leg, 'd1') = 'd1'
  group by p.dispute
), keys as (
  select dispute, kind, currency from charged
  union
  select dispute, kind, currency from agreed where kind = kind_due
)
select k.dispute, d.partner, d.account, d.merchant, k.kind, k.currency, a.expected_minor,
  coalesce(c.charged_minor, 0) as charged_minor,
  coalesce(c.charged_minor, 0) - a.expected_minor as difference_minor,
  case
    when a.expected_minor is null then 'no_contract'
    when coalesce(c.charged_minor, 0) = a.expected_minor then 'equal'
    when coalesce(c.charged_minor, 0) > a.expected_minor then 'over'
    when c.charged_minor is null and s.dispute is null then 'waiting'
    else 'under'
  end as state
from keys as k
join dispute_profiles as d on d.dispute = k.dispute
left join agreed as a on a.dispute = k.dispute and a.kind = k.kind and a.currency = k.currency
left join charged as c on c.dispute = k.dispute and c.kind = k.kind and c.currency = k.currency
left join settled as s on s.dispute = k.dispute
