-- One row is one feed of one account that something arrived on during the day.
-- Reads: deliveries.
-- Holds: every delivery counts, one of bytes that were known before too.
select partner, account, feed, count(*) as deliveries, count(*) filter (where is_repeat) as repeats,
    cast(sum(records) as bigint) as records, cast(sum(quarantined) as bigint) as quarantined,
    count(*) filter (where status = 'held') as held, max(landed_at) as latest_at,
    case when count(*) filter (where status = 'held') > 0 then 'bad' when sum(quarantined) > 0 then 'warn' else '' end as tone
from deliveries
where landed_at >= $day_from and landed_at < $day_to
group by partner, account, feed
order by partner, account, feed
