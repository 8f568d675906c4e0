-- Makes: settlement_total, one row per (payout or batch, kind, currency): the lines that are not booked one by one, summed.
-- Reads: accepted (the accepted money lines of one file).
-- True of it: with the lines booked one by one it adds up to the file; effective on the last day of its lines.
select
  $delivery as delivery,
  coalesce(batch, '') as batch,
  kind,
  currency,
  $partner as partner,
  $account as account,
  $feed as feed,
  count(*) as lines,
  cast(sum(cast(gross_minor as decimal(38, 0))) as bigint) as gross_minor,
  cast(sum(cast(fee_minor as decimal(38, 0))) as bigint) as fee_minor,
  cast(sum(cast(net_minor as decimal(38, 0))) as bigint) as net_minor,
  max(effective_on) as effective_on,
  $landed_at as landed_at
from accepted
where not list_contains($kinds, kind) and partner_dispute_id is null
group by 2, 3, 4
order by 2, 3, 4
