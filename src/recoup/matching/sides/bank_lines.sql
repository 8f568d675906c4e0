-- One line of a bank statement, once however many feeds tell it; positive for money to us.
-- Reads: money_lines, booking_feeds.
-- True of it: an item is a money line's id; the batch is what was read from the line's text, if anything was.
select
  m.money_line as item, m.partner, m.account, cast(null as varchar) as merchant, m.currency,
  m.net_minor as amount_minor, cast(0 as bigint) as fee_minor, cast(m.effective_on as date) as on_day,
  m.batch as reference, m.reference as other_reference, m.batch, m.reference as text
from money_lines as m
join booking_feeds as b on b.partner = m.partner and b.feed = m.feed and b.role = 'banks'
where m.kind = 'bank'
qualify row_number() over (partition by m.money_line order by b.place, m.feed) = 1
