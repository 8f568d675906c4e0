-- Makes: (name, stated, computed, currency), one row per batch and currency of an Adyen settlement details report.
-- Reads: mapped.
-- True of it: there is no footer; the MerchantPayout row is what a batch states, and it pays all other lines of the batch.
-- A batch without one states nothing: it was not paid out, or the file was cut between two lines.
select
  'payout of batch ' || coalesce(batch, '?') as name,
  -cast(sum(cast(net_minor as decimal(38, 0))) filter (kind = 'payout') as bigint) as stated,
  case when count(*) filter (net_minor is null or currency is null) = 0
    then cast(coalesce(sum(cast(net_minor as decimal(38, 0))) filter (kind <> 'payout'), 0) as bigint) end as computed,
  currency
from mapped
where problem is distinct from 'silent'
group by batch, currency
order by batch, currency
