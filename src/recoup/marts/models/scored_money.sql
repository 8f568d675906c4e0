-- grain: One leg, fee, credit or payout of a partner, as it counts in one figure of its scorecard.
-- key: figure, subject, currency
-- owner: partners
-- freshness: with each delivery; ages with the present
-- note: A fee counts in the month in which its dispute opened, a credit or payout in the month in which it was due, a
--    leg in the month in which its announcement was due, else in that in which its dispute opened.
-- note: A credit has two times, from the win to its announcement and from there to its settlement: it is one credit,
--    and late where either is.
-- note: What an outage holds now, and what was due in an outage of all feeds of a partner, is late only after its end
--    and grace.
-- partner VARCHAR: Who owed it.
-- account VARCHAR: Our account at the partner; empty text where it is of none.
-- month VARCHAR: Month that it counts in, YYYY-MM, UTC.
-- figure VARCHAR: Figure of the scorecard that it counts in.
-- subject_kind VARCHAR: expectation, leg or fee.
-- subject VARCHAR: Our id of it.
-- reference VARCHAR: The partner's own word for it.
-- happened_at TIMESTAMP: When it came; empty while it has not.
-- due_at TIMESTAMP: By when it was due; empty where it had no time.
-- lasted_microseconds BIGINT microseconds: How late it came, or is; empty where it was in time.
-- things BIGINT rows: How many things it stands for in the denominator.
-- failed BIGINT rows: How many of them count against the partner.
-- delivery VARCHAR: Delivery that shows it, where one does.
-- break VARCHAR: Break that shows it, where one does.
-- currency VARCHAR: Currency of the amount; empty where it is not about money.
-- amount_minor BIGINT minor: Money in question; empty where it is not about money.
with held as (
  select h.expectation, coalesce(h.until_at, m.as_of_at) as released_at
  from held_expectations as h cross join moment as m
  union all
  select e.expectation, coalesce(o.to_at + o.grace_hours * 3600000000, m.as_of_at) as released_at
  from expectations as e
  cross join moment as m
  join outages as o on o.partner = e.partner and (o.account is null or o.account = e.account) and not o.is_withdrawn
    and coalesce(o.feeds, '[]') in ('', '[]') and o.from_at <= e.due_at
    and (o.to_at is null or e.due_at <= o.to_at + o.grace_hours * 3600000000)
), released as (
  select expectation, max(released_at) as released_at from held group by expectation
), waited as (
  select e.expectation, e.kind, e.partner, e.account, e.dispute, e.leg,
    coalesce(d.partner_dispute_id, e.batch, e.subject) as reference, e.due_at, e.closed_at, e.currency,
    abs(e.amount_minor) as amount_minor,
    greatest(coalesce(e.closed_at, m.as_of_at) - greatest(e.due_at, coalesce(r.released_at, e.due_at)), 0)
      as late_microseconds
  from expectations as e
  cross join moment as m
  left join released as r on r.expectation = e.expectation
  left join disputes as d on d.dispute = e.dispute
  where e.closed_at is not null or e.due_at < m.as_of_at
), credits as (
  select expectation, partner, account, reference, due_at, closed_at, currency, amount_minor, late_microseconds,
    row_number() over (partition by dispute, leg order by late_microseconds desc, due_at desc, expectation) as place
  from waited where kind = 'credit_after_win' or (kind = 'leg_settled' and leg like 'c%')
), settled as (
  select l.dispute, l.leg, l.currency, d.partner, d.account, d.partner_dispute_id,
    coalesce(d.opened_at, d.moved_at) as counts_at, a.closed_at, a.due_at, a.amount_minor, a.late_microseconds
  from leg_proof as l
  join disputes as d on d.dispute = l.dispute
  left join waited as a on a.kind = 'leg_announced' and a.dispute = l.dispute and a.leg = l.leg
  where l.settled_minor is not null
), priced as (
  select f.dispute, f.kind, f.partner, f.account, f.currency, f.state, abs(f.difference_minor) as amount_minor,
    d.partner_dispute_id, coalesce(d.opened_at, d.moved_at) as counts_at
  from fees_expected_and_charged as f
  join disputes as d on d.dispute = f.dispute
  where f.state in ('equal', 'over', 'under')
), counted as (
  select partner, account, due_at as counts_at, 'credit_late' as figure, 'expectation' as subject_kind,
    expectation as subject, reference, closed_at as happened_at, due_at, late_microseconds,
    late_microseconds > 0 as has_failed, currency, amount_minor
  from credits where place = 1
  union all
  select partner, account, due_at as counts_at, 'payout_late' as figure, 'expectation' as subject_kind,
    expectation as subject, reference, closed_at as happened_at, due_at, late_microseconds,
    late_microseconds > 0 as has_failed, currency, amount_minor
  from waited where kind in ('paid_out', 'bank_credit')
  union all
  select partner, account, coalesce(due_at, counts_at) as counts_at, 'line_unannounced' as figure,
    'leg' as subject_kind, concat(dispute, ':', leg) as subject, partner_dispute_id as reference,
    closed_at as happened_at, due_at, coalesce(late_microseconds, 0) as late_microseconds,
    coalesce(late_microseconds, 0) > 0 as has_failed, currency, amount_minor
  from settled
  union all
  select p.partner, p.account, p.counts_at, w.figure, 'fee' as subject_kind, concat(p.dispute, ':', p.kind) as subject,
    p.partner_dispute_id as reference, p.counts_at as happened_at, cast(null as bigint) as due_at,
    cast(0 as bigint) as late_microseconds, p.state = w.state as has_failed, p.currency, p.amount_minor
  from priced as p
  cross join (
    select 'fee_over' as figure, 'over' as state
    union all
    select 'fee_under' as figure, 'under' as state
  ) as w
)
select partner, account,
  substr(cast(cast('1970-01-01' as date) + cast(counts_at // 86400000000 as integer) as varchar), 1, 7) as month,
  figure, subject_kind, subject, reference, happened_at, due_at, nullif(late_microseconds, 0) as lasted_microseconds,
  cast(1 as bigint) as things, cast(case when has_failed then 1 else 0 end as bigint) as failed,
  cast(null as varchar) as delivery, cast(null as varchar) as "break", currency,
  case when has_failed then amount_minor end as amount_minor
from counted
