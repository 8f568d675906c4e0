-- Makes: (name, stated, computed, currency): that the file is whole, and that its total rows are the sums of its records.
-- Reads: source, mapped (with `amount_minor`; payments call theirs captured_minor).
-- True of it: refused records count too; where one's amount or currency cannot be read, no sum is known.
with total as (
  select s.currency, try_cast(s.lines as bigint) as lines, minor(s.amount, scale_of(s.currency)) as amount_minor
  from source as s
  where s.record = 'total'
), stated as (
  select currency, cast(sum(cast(amount_minor as decimal(38, 0))) as bigint) as amount_minor
  from total where currency is not null group by currency
), told as (
  select currency, cast(sum(cast(amount_minor as decimal(38, 0))) as bigint) as amount_minor
  from mapped where problem is distinct from 'total' and currency is not null group by currency
), whole as (
  select count(*) as lines, count(*) filter (amount_minor is null or currency is null) as unread
  from mapped where problem is distinct from 'total'
)
select 'total rows (at least one)' as name, cast(1 as bigint) as stated,
  cast(count(*) > 0 as bigint) as computed, cast(null as varchar) as currency
from total
union all
select 'lines', cast(coalesce(sum(cast(total.lines as decimal(38, 0))), 0) as bigint), max(whole.lines), cast(null as varchar)
from whole left join total on true
union all
select 'sum of amount', coalesce(stated.amount_minor, 0),
  case when whole.unread = 0 then coalesce(told.amount_minor, 0) end, coalesce(stated.currency, told.currency)
from stated full join told on told.currency = stated.currency cross join whole
