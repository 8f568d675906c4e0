-- One movement of a settlement report that is paid in a batch, payouts left out; signed as it moves our balance.
-- Reads: money_lines, booking_feeds.
-- True of it: an item is a money line's id, or its partner's identity where it is booked in total; lines that are in no batch yet are not told here.
select
  coalesce(m.money_line, m.partner || ' ' || m.identity) as item, m.partner, m.account, cast(null as varchar) as merchant, m.currency,
  m.net_minor as amount_minor, m.fee_minor, cast(m.effective_on as date) as on_day,
  coalesce(m.partner_dispute_id, m.payment_ref) as reference, m.reference as other_reference, m.batch, m.reference as text
from money_lines as m
join booking_feeds as b on b.partner = m.partner and b.feed = m.feed and b.role = 'settles'
where m.kind not in ('payout', 'payout_failure', 'bank', 'opening') and m.batch is not null
qualify row_number() over (partition by m.partner, m.account, m.identity order by b.place, m.feed) = 1
