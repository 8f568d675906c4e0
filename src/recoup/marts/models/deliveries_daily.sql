-- grain: What came on one feed of one account on one day.
-- key: partner, account, feed, landed_on
-- owner: intake
-- freshness: with each delivery
-- note: Days are those of UTC.
-- partner VARCHAR: Who sent it.
-- account VARCHAR: Our account at the partner.
-- feed VARCHAR: Channel it came by.
-- landed_on DATE: Day on which we got it.
-- deliveries BIGINT rows: How many came.
-- repeats BIGINT rows: How many brought bytes that had come before.
-- held BIGINT rows: How many were held whole, or refused.
-- records BIGINT rows: Records found.
-- accepted BIGINT rows: Records that were good.
-- quarantined BIGINT rows: Records that were not.
-- last_landed_at TIMESTAMP: When the last of them came.
select partner, account, feed,
  cast('1970-01-01' as date) + cast(landed_at // 86400000000 as integer) as landed_on,
  count(*) as deliveries,
  count(*) filter (where is_repeat) as repeats,
  count(*) filter (where status in ('held', 'refused')) as held,
  cast(sum(records) as bigint) as records,
  cast(sum(accepted) as bigint) as accepted,
  cast(sum(quarantined) as bigint) as quarantined,
  max(landed_at) as last_landed_at
from deliveries
group by partner, account, feed, cast('1970-01-01' as date) + cast(landed_at // 86400000000 as integer)
;
-- assert: records are accepted or quarantined, unless their delivery was held
select partner, feed, landed_on from deliveries_daily where held = 0 and records <> accepted + quarantined
