-- One movement of a dispute as the partner settled it, in the dispute's own currency; a debit is negative.
-- Reads: money_lines, booking_feeds.
-- True of it: an item is a money line's id; fees are told beside the amount, never in it.
select
  m.money_line as item, m.partner, m.account, cast(null as varchar) as merchant,
  coalesce(m.original_currency, m.currency) as currency, coalesce(m.original_minor, m.gross_minor) as amount_minor,
  m.fee_minor, cast(m.effective_on as date) as on_day, m.partner_dispute_id as reference,
  m.payment_ref as other_reference, m.batch, m.reference as text
from money_lines as m
join booking_feeds as b on b.partner = m.partner and b.feed = m.feed and b.role = 'settles'
where m.kind in ('dispute', 'dispute_reversal')
qualify row_number() over (partition by m.money_line order by b.place, m.feed) = 1
