-- grain: One deadline of one dispute that nobody has decided and whose slot is not spent.
-- key: dispute, clock
-- owner: disputes
-- freshness: with each delivery; ages with the present
-- dispute VARCHAR: Our id of the dispute.
-- clock VARCHAR: partner (what the partner said), ceiling (what the rules allow, informs where it is not verified) or
--    act_by (when we must have acted).
-- partner VARCHAR: Who told it.
-- merchant VARCHAR: Who is owed.
-- stage VARCHAR: Where it stands.
-- turn VARCHAR: Whose move it is.
-- due_at TIMESTAMP: The deadline.
-- due_source VARCHAR: Where act_by comes from; empty for the others.
-- hours_left BIGINT hours: Whole hours from the present to the deadline, rounded down; negative once it has passed.
-- is_past BOOLEAN: The deadline has passed.
with told as (
  select dispute, 'partner' as clock, partner, merchant, stage, turn, partner_due_at as due_at,
    cast(null as varchar) as due_source
  from disputes where partner_due_at is not null and outcome is null and not is_slot_spent
  union all
  select dispute, 'ceiling' as clock, partner, merchant, stage, turn, ceiling_due_at as due_at,
    cast(null as varchar) as due_source
  from disputes where ceiling_due_at is not null and outcome is null and not is_slot_spent
  union all
  select dispute, 'act_by' as clock, partner, merchant, stage, turn, act_by_at as due_at, due_source
  from disputes where act_by_at is not null and outcome is null and not is_slot_spent
)
select t.dispute, t.clock, t.partner, t.merchant, t.stage, t.turn, t.due_at, t.due_source,
  (t.due_at - m.as_of_at - ((t.due_at - m.as_of_at) % 3600000000 + 3600000000) % 3600000000) // 3600000000 as hours_left,
  t.due_at < m.as_of_at as is_past
from told as t
cross join moment as m
