-- grain: One kind of break, by likeliest cause and partner, in one month: how often it was worked on, and what that cost.
-- key: control, first_class, partner, month
-- owner: controls
-- freshness: with each decision and check
-- note: A kind with many touches by hand and few by itself is the next to automate; work without minutes is not free.
-- control VARCHAR: The check that opens such breaks.
-- first_class VARCHAR: The likeliest cause at the time of the work.
-- partner VARCHAR: Whose data they are about.
-- month VARCHAR: Month of the work, YYYY-MM, UTC.
-- breaks BIGINT rows: Breaks that were worked on.
-- touches BIGINT rows: Times that somebody or Recoup did something about them.
-- by_hand BIGINT rows: Touches by a person.
-- by_itself BIGINT rows: Touches by Recoup.
-- timed BIGINT rows: Touches by a person that say how long they took.
-- minutes BIGINT: Minutes of those, as people said; empty where nobody did.
with worked as (
  select t.control, t.first_class, t.partner,
    substr(cast(cast('1970-01-01' as date) + cast(t."at" // 86400000000 as integer) as varchar), 1, 7) as month,
    t.subject, t.is_automatic, t.minutes
  from touches as t
  where t.subject_kind = 'break'
)
select control, first_class, partner, month, count(distinct subject) as breaks, count(*) as touches,
  count(*) filter (where not is_automatic) as by_hand, count(*) filter (where is_automatic) as by_itself,
  count(*) filter (where not is_automatic and minutes is not null) as timed,
  cast(sum(cast(minutes as decimal(38, 0))) as bigint) as minutes
from worked
group by control, first_class, partner, month
;
-- assert: every touch of a break is counted once
select s.counted from (
  select coalesce(cast(sum(cast(w.touches as decimal(38, 0))) as bigint), 0) as counted from work_by_kind as w
) as s
cross join (select count(*) as there from touches where subject_kind = 'break') as t
where s.counted <> t.there
