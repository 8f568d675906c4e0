-- Makes: (name, stated, computed, currency): that the file is whole, and that its total is the sum of its lines.
-- Reads: source, mapped (the columns that the mapping makes, `problem` and `position`).
-- True of it: refused lines count too; where the amount of one cannot be read, no sum is known.
with stated as (
  select count(*) as totals, max(try_cast(lines as bigint)) as lines, max(minor(net, scale_of(currency))) as net_minor
  from source where record = 'total'
), told as (
  select
    count(*) as lines, count(*) filter (net_minor is null) as unread,
    cast(coalesce(sum(cast(net_minor as decimal(38, 0))), 0) as bigint) as net_minor
  from mapped where problem is distinct from 'total'
)
select 'total rows' as name, cast(1 as bigint) as stated, totals as computed, cast(null as varchar) as currency from stated
union all
select 'lines', stated.lines, told.lines, cast(null as varchar) from stated cross join told where stated.totals = 1
union all
select 'net', stated.net_minor, case when told.unread = 0 then told.net_minor end, cast(null as varchar)
from stated cross join told where stated.totals = 1
