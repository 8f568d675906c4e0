-- One line of a bank statement, once however many feeds tell it; positive for money to us.
-- Reads: money_lines.
-- True of it: an item is a money line's id; the batch is what was read from the line's text, if anything was.
select
  money_line as item, partner, account, cast(null as varchar) as merchant, currency,
  net_minor as amount_minor, cast(0 as bigint) as fee_minor, cast(effective_on as date) as on_day,
  batch as reference, reference as other_reference, batch, reference as text
from money_lines
where kind = 'bank'
qualify row_number() over (partition by money_line order by feed) = 1
