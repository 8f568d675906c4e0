-- One row is one feed of one account: what landed that covers the day, or, where a feed names no day, landed on it.
-- Reads: deliveries.
-- Holds: every delivery counts, one of bytes that were known before too.
select partner, account, feed, count(*) as deliveries, count(*) filter (where is_repeat) as repeats,
    count(*) filter (where is_verified) as verified, min(landed_at) as first_at, max(landed_at) as latest_at
from deliveries
where (covers_on = $day or (covers_on is null and landed_at >= $day_from and landed_at < $day_to))
    and ($partner is null or partner = $partner)
    and ($account is null or account = $account)
group by partner, account, feed
order by partner, account, feed
