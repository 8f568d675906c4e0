-- grain: Open disputes of one kind in one currency over one month: opening + new + changed - closed = closing.
-- key: month, kind, currency
-- owner: disputes
-- freshness: with each delivery
-- note: A month is that in which we came to know a state, in UTC, so that no month is ever told anew. New counts at the
--    amount first known, changed is every later difference and what was opened again, closed is at the last amount.
-- note: Kinds without money (notice) are left out.
-- month VARCHAR: The month, YYYY-MM.
-- kind VARCHAR: alert, resolution, request, dispute, return or compliance_case.
-- currency VARCHAR: Currency of the amounts; XXX where nobody said.
-- opening_disputes BIGINT rows: Open at its beginning.
-- new_disputes BIGINT rows: First known in it.
-- changed_disputes BIGINT rows: Opened again, or come from another kind or currency, less gone to one.
-- closed_disputes BIGINT rows: Decided in it.
-- closing_disputes BIGINT rows: Open at its end.
-- opening_minor BIGINT minor: Open at its beginning.
-- new_minor BIGINT minor: First known in it.
-- changed_minor BIGINT minor: Differences of amounts, and what was opened again.
-- closed_minor BIGINT minor: Decided in it.
-- closing_minor BIGINT minor: Open at its end.
with moved as (
  select month, kind, currency,
    case when was_open is null then 1 else 0 end as new_count,
    case when was_open is null then amount_minor else cast(0 as bigint) end as new_minor,
    case when was_open is null then 0 else 1 end as changed_count,
    case when was_open is null then cast(0 as bigint) else amount_minor end as changed_minor,
    case when is_open then 0 else 1 end as closed_count,
    case when is_open then cast(0 as bigint) else amount_minor end as closed_minor
  from dispute_steps
  where is_open or was_open is null or was_open
  union all
  select month, kind_before as kind, currency_before as currency, 0 as new_count, cast(0 as bigint) as new_minor,
    -1 as changed_count, -amount_before_minor as changed_minor, 0 as closed_count, cast(0 as bigint) as closed_minor
  from dispute_steps
  where was_open
), summed as (
  select month, kind, currency,
    cast(sum(new_count) as bigint) as new_disputes,
    cast(sum(changed_count) as bigint) as changed_disputes,
    cast(sum(closed_count) as bigint) as closed_disputes,
    cast(sum(cast(new_minor as decimal(38,0))) as bigint) as new_minor,
    cast(sum(cast(changed_minor as decimal(38,0))) as bigint) as changed_minor,
    cast(sum(cast(closed_minor as decimal(38,0))) as bigint) as closed_minor
  from moved
  where kind <> 'notice'
  group by month, kind, currency
), months as (
  select m.month, k.kind, k.currency
  from (select month from summed group by month) as m
  cross join (select kind, currency, min(month) as first_month from summed group by kind, currency) as k
  where m.month >= k.first_month
), filled as (
  select m.month, m.kind, m.currency,
    coalesce(s.new_disputes, 0) as new_disputes, coalesce(s.changed_disputes, 0) as changed_disputes,
    coalesce(s.closed_disputes, 0) as closed_disputes, coalesce(s.new_minor, 0) as new_minor,
    coalesce(s.changed_minor, 0) as changed_minor, coalesce(s.closed_minor, 0) as closed_minor
  from months as m
  left join summed as s on s.month = m.month and s.kind = m.kind and s.currency = m.currency
), run as (
  select month, kind, currency, new_disputes, changed_disputes, closed_disputes, new_minor, changed_minor, closed_minor,
    cast(sum(new_disputes + changed_disputes - closed_disputes)
      over (partition by kind, currency order by month rows between unbounded preceding and current row) as bigint)
      as closing_disputes,
    cast(sum(cast(new_minor + changed_minor - closed_minor as decimal(38,0)))
      over (partition by kind, currency order by month rows between unbounded preceding and current row) as bigint)
      as closing_minor
  from filled
)
select month, kind, currency,
  closing_disputes - new_disputes - changed_disputes + closed_disputes as opening_disputes,
  new_disputes, changed_disputes, closed_disputes, closing_disputes,
  closing_minor - new_minor - changed_minor + closed_minor as opening_minor,
  new_minor, changed_minor, closed_minor, closing_minor
from run
;
-- assert: it ties in every month
select month, kind, currency from roll_forward
where opening_minor + new_minor + changed_minor - closed_minor <> closing_minor
  or opening_disputes + new_disputes + changed_disputes - closed_disputes <> closing_disputes
;
-- assert: a month opens with what the month before closed with
select month, kind, currency
from (
  select month, kind, currency, opening_minor, opening_disputes,
    lag(closing_minor, 1, 0) over (partition by kind, currency order by month) as before_minor,
    lag(closing_disputes, 1, 0) over (partition by kind, currency order by month) as before_disputes
  from roll_forward
) as told
where opening_minor <> before_minor or opening_disputes <> before_disputes
;
-- assert: the last month closes with what is open now
select r.kind, r.currency
from (
  select kind, currency, arg_max(closing_minor, month) as closing_minor,
    arg_max(closing_disputes, month) as closing_disputes
  from roll_forward group by kind, currency
) as r
left join (
  select kind, coalesce(currency, 'XXX') as currency, count(*) as open_disputes,
    sum(cast(coalesce(amount_minor, 0) as decimal(38,0))) as open_minor
  from disputes where outcome is null group by kind, coalesce(currency, 'XXX')
) as d on d.kind = r.kind and d.currency = r.currency
where r.closing_minor <> coalesce(d.open_minor, 0) or r.closing_disputes <> coalesce(d.open_disputes, 0)
