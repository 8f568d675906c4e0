-- One payout that a partner announced or reported, once however many feeds tell it; positive for money on its way to us.
-- Reads: money_lines.
-- True of it: an item is a money line's id; two tellings of one payout are one row.
select
  money_line as item, partner, account, cast(null as varchar) as merchant, currency,
  -net_minor as amount_minor, cast(0 as bigint) as fee_minor, cast(effective_on as date) as on_day,
  batch as reference, reference as other_reference, batch, reference as text
from money_lines
where kind = 'payout'
qualify row_number() over (partition by money_line order by feed) = 1
