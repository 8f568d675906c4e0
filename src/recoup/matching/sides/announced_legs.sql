-- One leg of a dispute as the partner's object announced it and our books opened it; a debit is negative.
-- Reads: entries, postings, disputes.
-- True of it: an item is an entry's id and line; reversed entries are left out.
select
  e.id || '/' || cast(p.line as varchar) as item, p.partner, p.partner_account as account, p.merchant, p.currency,
  p.amount_minor, cast(0 as bigint) as fee_minor, cast(e.effective_on as date) as on_day,
  d.partner_dispute_id as reference, d.payment_ref as other_reference, cast(null as varchar) as batch, p.leg as text
from postings as p
join entries as e on e.id = p.entry
join disputes as d on d.id = p.dispute
where p.account = 'partner_clearing' and e.is_active and not contains(e.rule, '_settled')
