-- grain: One field of one feed of one account, in one version of its messages, over all days.
-- key: partner, account, feed, version, path
-- owner: intake
-- freshness: with each delivery
-- note: How values are written, and never a value; what is other than accepted: recoup drift.
-- partner VARCHAR: Who sends it.
-- account VARCHAR: Our account at the partner.
-- feed VARCHAR: Channel it comes by.
-- version VARCHAR: Of the message, as the partner names it; empty where it does not.
-- path VARCHAR: The way to the field.
-- first_on DATE: First day on which it came.
-- last_on DATE: Last day on which it came.
-- seen BIGINT rows: How often it was there.
-- empty BIGINT rows: How often it was there and said nothing.
-- written VARCHAR: In which ways its values are written, in alphabetical order.
with told as (
  select partner, account, feed, version, path, landed_on, facet, "count" as seen
  from fingerprints
  where path <> '' and facet not in ('row', 'file')
)
select partner, account, feed, version, path, min(landed_on) as first_on, max(landed_on) as last_on,
  coalesce(cast(sum(cast(seen as decimal(38, 0))) filter (where facet <> 'header') as bigint), 0) as seen,
  coalesce(cast(sum(cast(seen as decimal(38, 0))) filter (where facet in ('null', 'empty')) as bigint), 0) as "empty",
  string_agg(distinct facet, ', ' order by facet) filter (where facet not in ('header', 'null', 'empty')) as written
from told
group by partner, account, feed, version, path
;
-- assert: a field is not empty more often than it is there
select partner, feed, path from feed_fields where "empty" > seen
