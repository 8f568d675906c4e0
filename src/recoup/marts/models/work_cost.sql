-- grain: What one kind of break of one partner cost in one month, in breaks and their tickets, in one currency.
-- key: control, first_class, partner, month, currency
-- owner: controls
-- freshness: with each decision and check; the cost of an hour when accounts are set up
-- note: An hour costs what the house's own contract of that day says; without one there is no money, and work without
--    minutes is not free. The division by sixty is left to whoever shows it, as rounding has a rule of its own.
-- note: What takes most work by hand is what to automate next.
-- control VARCHAR: The check that opens such breaks.
-- first_class VARCHAR: The likeliest cause at the time of the work.
-- partner VARCHAR: Whose data they are about.
-- month VARCHAR: Month of the work, YYYY-MM, UTC.
-- subjects BIGINT rows: Breaks and tickets that were worked on.
-- by_hand BIGINT rows: Touches by a person.
-- by_itself BIGINT rows: Touches by Recoup.
-- timed BIGINT rows: Touches by a person that say how long they took.
-- minutes BIGINT: Minutes of those; empty where nobody said.
-- currency VARCHAR: Currency of the cost; empty where no cost of an hour is agreed.
-- cost_sixtyfold_minor BIGINT minor: Minutes times the cost of an hour: sixty times the cost; empty without either.
with worked as (
  select t.touch, t.control, t.first_class, t.partner, t.subject, t.is_automatic, t.minutes,
    substr(cast(cast('1970-01-01' as date) + cast(t."at" // 86400000000 as integer) as varchar), 1, 7) as month,
    cast('1970-01-01' as date) + cast(t."at" // 86400000000 as integer) as worked_on
  from touches as t
  where t.subject_kind in ('break', 'ticket')
), priced as (
  select w.touch, c.work_hour_currency as currency, c.work_hour_minor as hour_minor,
    row_number() over (partition by w.touch order by c.valid_from desc, c.account) as place
  from worked as w
  join contracts as c on c.partner = 'house' and c.work_hour_minor is not null and c.valid_from <= w.worked_on
    and (c.valid_to is null or w.worked_on < c.valid_to)
), summed as (
  select w.control, w.first_class, w.partner, w.month, p.currency, count(distinct w.subject) as subjects,
    count(*) filter (where not w.is_automatic) as by_hand, count(*) filter (where w.is_automatic) as by_itself,
    count(*) filter (where not w.is_automatic and w.minutes is not null) as timed,
    cast(sum(cast(w.minutes as decimal(38, 0))) as bigint) as minutes,
    cast(sum(cast(w.minutes * p.hour_minor as decimal(38, 0))) as bigint) as cost_sixtyfold_minor
  from worked as w
  left join priced as p on p.touch = w.touch and p.place = 1
  group by w.control, w.first_class, w.partner, w.month, p.currency
)
select control, first_class, partner, month, subjects, by_hand, by_itself, timed, minutes, currency,
  cost_sixtyfold_minor
from summed
;
-- assert: every touch of a break or ticket is counted once
select s.counted from (
  select coalesce(cast(sum(cast(by_hand + by_itself as decimal(38, 0))) as bigint), 0) as counted from work_cost
) as s
cross join (select count(*) as there from touches where subject_kind in ('break', 'ticket')) as t
where s.counted <> t.there
