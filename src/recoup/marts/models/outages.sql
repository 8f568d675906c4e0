-- grain: One outage of a partner as it stands by the latest word.
-- key: outage
-- owner: controls
-- freshness: with each word
-- outage VARCHAR: Id of the outage.
-- partner VARCHAR: Who is out.
-- account VARCHAR: Our account at the partner; empty for all of them.
-- feeds VARCHAR: JSON list of the feeds that are out; empty for all of them.
-- from_at TIMESTAMP: Since when.
-- to_at TIMESTAMP: Until when; empty while nobody knows the end.
-- grace_hours BIGINT: Hours after the end until what was held is due.
-- is_open BOOLEAN: Nobody has said that it is over.
-- is_withdrawn BOOLEAN: It was none.
-- minutes BIGINT: Whole minutes that it lasted; until the present while it is open.
-- reason VARCHAR: Why it was opened.
-- opened_by VARCHAR: Who opened it.
-- words BIGINT rows: How often something was said of it.
with latest as (
  select outage, max(sequence) as sequence from outage_words group by outage
), first_told as (
  select outage, reason, actor from outage_words where sequence = 1
)
select w.outage, w.partner, w.account, w.feeds, w.from_at, w.to_at, w.grace_hours,
  w.to_at is null and w.verb <> 'withdraw' as is_open, w.verb = 'withdraw' as is_withdrawn,
  greatest(coalesce(w.to_at, m.as_of_at) - w.from_at, 0) // 60000000 as minutes,
  f.reason, f.actor as opened_by, w.sequence as words
from outage_words as w
join latest as l on l.outage = w.outage and l.sequence = w.sequence
join first_told as f on f.outage = w.outage
cross join moment as m
