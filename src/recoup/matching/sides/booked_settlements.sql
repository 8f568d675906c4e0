-- One money line as our books settled it on the leg of a dispute; a debit that was settled is positive.
-- Reads: entries, postings.
-- True of it: an item is an entry's id and line; the reference is the money line that the entry is the fact of.
select
  e.id || '/' || cast(p.line as varchar) as item, p.partner, p.partner_account as account, p.merchant, p.currency,
  p.amount_minor, cast(0 as bigint) as fee_minor, cast(e.effective_on as date) as on_day,
  split_part(e.fact, ' ', 3) as reference, cast(null as varchar) as other_reference,
  cast(null as varchar) as batch, p.leg as text
from postings as p
join entries as e on e.id = p.entry
where p.account = 'partner_clearing' and e.is_active and contains(e.rule, '_settled')
