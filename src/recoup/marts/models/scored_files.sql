-- grain: One file or number of a file that a partner owed us by now, as it counts in one figure of its scorecard.
-- key: figure, account, subject
-- owner: partners
-- freshness: with each check; ages with the present
-- note: A file is counted in two figures, as late and as missing; it can be one of them. A number that a higher one
--    overtook is counted of all numbered files, whether it came later or not.
-- note: What was due in an outage that people told of is late only after its end and grace; by how much it came after
--    its own time is a figure of its own, and so is the outage.
-- partner VARCHAR: Who owed it.
-- account VARCHAR: Our account at the partner; empty text where it is of none.
-- month VARCHAR: Month that it counts in, YYYY-MM, UTC.
-- figure VARCHAR: Figure of the scorecard that it counts in.
-- subject_kind VARCHAR: expectation, delivery or outage.
-- subject VARCHAR: Our id of it.
-- reference VARCHAR: The partner's own word for it.
-- happened_at TIMESTAMP: When it came, empty while it has not; of an outage, when it began.
-- due_at TIMESTAMP: By when it was due; empty where it had no time.
-- lasted_microseconds BIGINT microseconds: How late it came, or is, empty where it was in time; how long an outage was.
-- things BIGINT rows: How many things it stands for in the denominator.
-- failed BIGINT rows: How many of them count against the partner.
-- delivery VARCHAR: Delivery that shows it, where one does.
-- break VARCHAR: Break that shows it, where one does.
-- currency VARCHAR: Currency of the amount; empty where it is not about money.
-- amount_minor BIGINT minor: Money in question; empty where it is not about money.
with out as (
  select outage, partner, account, coalesce(feeds, '[]') as feeds, from_at, minutes, reason,
    to_at + grace_hours * 3600000000 as released_at
  from outages where not is_withdrawn
), due as (
  select e.expectation, e.kind, e.partner, e.account, e.feed, e.subject, e.due_at, e.closed_at, e.closed_by, m.as_of_at
  from expectations as e
  cross join moment as m
  where e.kind in ('file', 'sequence') and (e.closed_at is not null or e.due_at < m.as_of_at)
), held as (
  select e.expectation, max(coalesce(o.released_at, e.as_of_at)) as released_at
  from due as e
  join out as o on o.partner = e.partner and (o.account is null or o.account = e.account)
    and (o.feeds in ('', '[]') or replace(o.feeds, concat('"', e.feed, '"'), '') <> o.feeds)
    and o.from_at <= e.due_at and (o.released_at is null or e.due_at <= o.released_at)
  group by e.expectation
), owed as (
  select e.expectation, e.kind, e.partner, e.account, concat(e.feed, ' ', split_part(e.subject, ':', -1)) as reference,
    e.due_at, e.closed_at, e.closed_by, h.released_at is not null as is_out,
    substr(cast(cast('1970-01-01' as date) + cast(e.due_at // 86400000000 as integer) as varchar), 1, 7) as month,
    greatest(coalesce(e.closed_at, e.as_of_at) - e.due_at, 0) as delayed_microseconds,
    greatest(coalesce(e.closed_at, e.as_of_at) - greatest(e.due_at, coalesce(h.released_at, e.due_at)), 0)
      as late_microseconds
  from due as e
  left join held as h on h.expectation = e.expectation
), accounts_known as (
  select partner, account from scorecard_months group by partner, account
), counted as (
  select 'expectation' as subject_kind, expectation as subject, partner, account, month, reference, due_at, closed_at,
    closed_by as delivery, late_microseconds, 'file_late' as figure,
    closed_at is not null and late_microseconds > 0 as has_failed
  from owed where kind = 'file'
  union all
  select 'expectation' as subject_kind, expectation as subject, partner, account, month, reference, due_at, closed_at,
    closed_by as delivery, late_microseconds, 'file_missing' as figure, closed_at is null and late_microseconds > 0 as has_failed
  from owed where kind = 'file'
  union all
  select 'expectation' as subject_kind, expectation as subject, partner, account, month, reference, due_at, closed_at,
    closed_by as delivery, delayed_microseconds as late_microseconds, 'file_outage' as figure,
    delayed_microseconds > 0 as has_failed
  from owed where kind = 'file' and is_out
  union all
  select 'outage' as subject_kind, o.outage as subject, s.partner, s.account,
    substr(cast(cast('1970-01-01' as date) + cast(o.from_at // 86400000000 as integer) as varchar), 1, 7) as month,
    o.reason as reference,
    cast(null as bigint) as due_at, o.from_at as closed_at, cast(null as varchar) as delivery,
    o.minutes * 60000000 as late_microseconds, 'outage' as figure, true as has_failed
  from out as o
  join accounts_known as s on s.partner = o.partner and (o.account is null or o.account = s.account)
  union all
  select 'expectation' as subject_kind, expectation as subject, partner, account, month, reference, due_at, closed_at,
    closed_by as delivery, late_microseconds, 'number_skipped' as figure,
    not is_out or late_microseconds > 0 as has_failed
  from owed where kind = 'sequence'
  union all
  select 'delivery' as subject_kind, delivery as subject, partner, account,
    substr(cast(cast('1970-01-01' as date) + cast(landed_at // 86400000000 as integer) as varchar), 1, 7) as month,
    name as reference, cast(null as bigint) as due_at, landed_at as closed_at, delivery,
    cast(0 as bigint) as late_microseconds, 'number_skipped' as figure, false as has_failed
  from deliveries where sequence is not null and status = 'read'
)
select partner, account, month, figure, subject_kind, subject, reference,
  closed_at as happened_at, due_at, nullif(late_microseconds, 0) as lasted_microseconds,
  cast(1 as bigint) as things, cast(case when has_failed then 1 else 0 end as bigint) as failed,
  delivery, cast(null as varchar) as "break", cast(null as varchar) as currency, cast(null as bigint) as amount_minor
from counted
;
-- assert: every file that is overdue now is missing
select o.expectation
from overdue_expectations as o
left join scored_files as s on s.subject = o.expectation and s.figure = 'file_missing' and s.failed = 1
where o.kind = 'file' and s.subject is null
