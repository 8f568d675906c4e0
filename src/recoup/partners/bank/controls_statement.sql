-- Makes: (name, stated, computed, currency): that the statement is whole, and that opening plus lines is closing.
-- Reads: source, mapped.
-- True of it: lines that are refused count too; where an amount cannot be read, or a line is in another currency, the sum is not known.
with balance as (
  select s.record, s.currency, minor(s.amount, scale_of(s.currency)) as amount_minor, try_cast(s.lines as bigint) as lines,
    is_amount(s.amount, fit_of(s.currency)) as is_read
  from source as s
  where s.record in ('opening', 'closing')
), stated as (
  select count(*) filter (record = 'opening' and is_read) as openings, count(*) filter (record = 'closing' and is_read) as closings,
    max(amount_minor) filter (record = 'opening') as opening_minor, max(amount_minor) filter (record = 'closing') as closing_minor,
    max(lines) filter (record = 'closing') as lines, max(currency) filter (record = 'closing') as currency
  from balance
), told as (
  select count(*) as lines, count(*) filter (net_minor is null) as unread,
    count(*) filter (currency is distinct from (select currency from stated)) as foreign_lines,
    cast(coalesce(sum(cast(net_minor as decimal(38, 0))), 0) as bigint) as net_minor
  from mapped where coalesce(problem, '') not in ('head', 'total')
)
select 'opening balance rows' as name, cast(1 as bigint) as stated, openings as computed, cast(null as varchar) as currency from stated
union all
select 'closing balance rows', cast(1 as bigint), closings, cast(null as varchar) from stated
union all
select 'lines', stated.lines, told.lines, cast(null as varchar) from stated cross join told
  where stated.closings = 1
union all
select 'closing balance', stated.closing_minor,
  case when told.unread = 0 and told.foreign_lines = 0 then stated.opening_minor + told.net_minor end, stated.currency
from stated cross join told where stated.openings = 1 and stated.closings = 1
