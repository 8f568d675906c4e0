-- grain: One dispute that waits for our answer, in the order of its deadline, with the day on which its turn would come.
-- key: dispute
-- owner: controls
-- freshness: with each delivery; moves with the present
-- note: A forecast and no promise: answers a day are those of the last 28 days; without any, no day is told.
-- dispute VARCHAR: Our id of the dispute.
-- partner VARCHAR: Partner it is at.
-- account VARCHAR: Our account there.
-- merchant VARCHAR: Whose it is.
-- act_by_at TIMESTAMP: By when we must have acted.
-- place BIGINT rows: Place in the queue, the most urgent first.
-- answers BIGINT rows: Disputes answered in the last 28 days.
-- turn_on DATE: Day on which its turn comes at that pace; empty where nothing was answered.
-- headroom_hours BIGINT: Whole hours from the end of that day to the deadline; negative where it comes too late.
-- is_late BOOLEAN: Less than a day would be left.
with waiting as (
  select d.dispute, d.partner, d.account, d.merchant, d.act_by_at,
    row_number() over (order by d.act_by_at, d.dispute) as place
  from disputes as d
  cross join moment as m
  where d.act_by_at is not null and d.act_by_at >= m.as_of_at and d.outcome is null and not d.is_slot_spent
    and d.turn in ('us', 'merchant')
), answered as (
  select count(distinct o.dispute) as answers
  from observations as o
  cross join moment as m
  where o.is_slot_spent and o.occurred_at > m.as_of_at - 2419200000000 and o.occurred_at <= m.as_of_at
), turned as (
  select w.dispute, w.partner, w.account, w.merchant, w.act_by_at, w.place, a.answers,
    cast('1970-01-01' as date) + cast(m.as_of_at // 86400000000 as integer)
      + cast((w.place * 28 - 1) // nullif(a.answers, 0) as integer) as turn_on
  from waiting as w
  cross join answered as a
  cross join moment as m
), left_over as (
  select t.dispute, t.partner, t.account, t.merchant, t.act_by_at, t.place, t.answers, t.turn_on,
    (t.act_by_at - (date_diff('day', cast('1970-01-01' as date), t.turn_on) + 1) * 86400000000) // 3600000000
      as headroom_hours
  from turned as t
)
select dispute, partner, account, merchant, act_by_at, place, answers, turn_on, headroom_hours,
  coalesce(headroom_hours < 24, false) as is_late
from left_over
;
-- assert: nothing is late of which no turn is known
select dispute from deadline_forecast where is_late and turn_on is null
