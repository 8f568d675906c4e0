-- One movement of a dispute as the partner settled it, as far as it is a merchant's; a debit is negative.
-- Reads: money_lines, booking_feeds, entries, postings.
-- True of it: an item is a money line's id; a credit that may be taken again, and its taking back, are nobody's yet and left out.
with provisional as (
  select distinct c.dispute, c.leg
  from postings as c
  join entries as e on e.id = c.entry
  join postings as p on p.entry = c.entry
  where e.is_active and c.account = 'partner_clearing' and p.account = 'provisional_credit'
),
passed_on as (
  select distinct p.dispute, p.leg
  from postings as p
  join entries as e on e.id = p.entry
  where e.is_active and p.account in ('merchant_clearing', 'dispute_receivable')
),
held_back as (
  select split_part(e.fact, ' ', 3) as money_line
  from postings as p
  join entries as e on e.id = p.entry
  join provisional as v on v.dispute = p.dispute and v.leg = p.leg
  anti join passed_on as o on o.dispute = v.dispute and o.leg = v.leg
  where e.is_active and p.account = 'partner_clearing' and contains(e.rule, '_settled')
)
select
  m.money_line as item, m.partner, m.account, cast(null as varchar) as merchant,
  coalesce(m.original_currency, m.currency) as currency, coalesce(m.original_minor, m.gross_minor) as amount_minor,
  m.fee_minor, cast(m.effective_on as date) as on_day, m.partner_dispute_id as reference,
  m.payment_ref as other_reference, m.batch, m.reference as text
from money_lines as m
join booking_feeds as b on b.partner = m.partner and b.feed = m.feed and b.role = 'settles'
anti join held_back as h on h.money_line = m.money_line
where m.kind in ('dispute', 'dispute_reversal')
qualify row_number() over (partition by m.money_line order by b.place, m.feed) = 1
