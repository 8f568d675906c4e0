-- grain: One dispute that a partner gave a time to answer, with when it was answered.
-- key: dispute
-- owner: disputes
-- freshness: with each delivery; ages with the present
-- note: The time is the earliest that the partner said, as an extension is proven by nobody; an answer is evidence that
--    was submitted or a dispute that was accepted, whoever told of it first.
-- dispute VARCHAR: Our id of the dispute.
-- partner VARCHAR: Who told it.
-- account VARCHAR: Our account at the partner.
-- merchant VARCHAR: Who is owed.
-- due_at TIMESTAMP: The earliest time that the partner said.
-- due_month VARCHAR: Month of that time, YYYY-MM.
-- answered_at TIMESTAMP: When the first answer happened; empty where there is none.
-- hours_before BIGINT hours: Whole hours from the answer to the time, rounded down; negative where it was late.
-- state VARCHAR: in_time, late, waiting, missed (no answer was told, and the time has passed), or not_clear: the time has passed, and before it came a word that nobody knows, which may have told of the answer.
with said as (
  select dispute, min(due_at) as due_at,
    min(occurred_at) filter (
      where move in ('evidence_submitted', 'chargeback_under_review', 'accepted', 'chargeback_accepted')
    ) as answered_at,
    min(occurred_at) filter (where move = 'unknown') as unclear_at
  from observations
  group by dispute
)
select d.dispute, d.partner, d.account, d.merchant, s.due_at,
  substr(cast(cast('1970-01-01' as date) + cast(s.due_at // 86400000000 as integer) as varchar), 1, 7) as due_month,
  s.answered_at,
  (s.due_at - s.answered_at - ((s.due_at - s.answered_at) % 3600000000 + 3600000000) % 3600000000) // 3600000000
    as hours_before,
  case
    when s.answered_at <= s.due_at then 'in_time'
    when s.answered_at > s.due_at then 'late'
    when s.due_at >= m.as_of_at then 'waiting'
    when s.unclear_at <= s.due_at then 'not_clear'
    else 'missed'
  end as state
from said as s
join disputes as d on d.dispute = s.dispute
cross join moment as m
where s.due_at is not null
