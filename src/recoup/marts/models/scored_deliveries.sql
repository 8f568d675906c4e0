-- grain: One delivery, as it counts in one figure of its partner's scorecard.
-- key: figure, subject
-- owner: partners
-- freshness: with each delivery
-- note: Bytes that came again and messages refused for their signature are not counted: anybody can send those.
-- partner VARCHAR: Who owed it.
-- account VARCHAR: Our account at the partner; empty text where it is of none.
-- month VARCHAR: Month that it counts in, YYYY-MM, UTC.
-- figure VARCHAR: Figure of the scorecard that it counts in.
-- subject_kind VARCHAR: delivery.
-- subject VARCHAR: Our id of it.
-- reference VARCHAR: The partner's own word for it.
-- happened_at TIMESTAMP: When it came.
-- due_at TIMESTAMP: By when it was due; empty where it had no time.
-- lasted_microseconds BIGINT microseconds: Always empty.
-- things BIGINT rows: How many things it stands for in the denominator.
-- failed BIGINT rows: How many of them count against the partner.
-- delivery VARCHAR: Delivery that shows it, where one does.
-- break VARCHAR: Break that shows it, where one does.
-- currency VARCHAR: Currency of the amount; empty where it is not about money.
-- amount_minor BIGINT minor: Money in question; empty where it is not about money.
with told as (
  select delivery, max(case when code = 'observation.same_id_other_content' then 1 else 0 end) as is_other,
    max(case when code like '%total%' or code like '%record_count%' then 1 else 0 end) as is_total
  from findings group by delivery
), came as (
  select d.delivery, d.partner, d.account, d.name, d.landed_at, d.status, d.records, d.quarantined,
    coalesce(t.is_other, 0) as is_other, coalesce(t.is_total, 0) as is_total
  from deliveries as d
  left join told as t on t.delivery = d.delivery
  where d.status in ('read', 'held', 'erased')
), counted as (
  select delivery, partner, account, name, landed_at, 'delivery_held' as figure, 1 as things,
    case when status = 'held' then 1 else 0 end as failed
  from came
  union all
  select delivery, partner, account, name, landed_at, 'record_quarantined' as figure, records as things,
    quarantined as failed
  from came where status <> 'held'
  union all
  select delivery, partner, account, name, landed_at, 'other_content' as figure, 1 as things, is_other as failed
  from came
  union all
  select delivery, partner, account, name, landed_at, 'total_differs' as figure, 1 as things, is_total as failed
  from came
)
select partner, account,
  substr(cast(cast('1970-01-01' as date) + cast(landed_at // 86400000000 as integer) as varchar), 1, 7) as month,
  figure, 'delivery' as subject_kind, delivery as subject, name as reference, landed_at as happened_at,
  cast(null as bigint) as due_at, cast(null as bigint) as lasted_microseconds, cast(things as bigint) as things,
  cast(failed as bigint) as failed, delivery, cast(null as varchar) as "break", cast(null as varchar) as currency,
  cast(null as bigint) as amount_minor
from counted
;
-- assert: what was held is what the days say
select c.held, d.held
from (select count(*) as held from scored_deliveries where figure = 'delivery_held' and failed = 1) as c
cross join (select count(*) as held from deliveries where status = 'held') as d
where c.held <> d.held
