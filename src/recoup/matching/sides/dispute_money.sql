-- One movement of a dispute as the partner settled it, in the dispute's own currency; a debit is negative.
-- Reads: money_lines.
-- True of it: an item is a money line's id; fees are told beside the amount, never in it.
select
  money_line as item, partner, account, cast(null as varchar) as merchant,
  coalesce(original_currency, currency) as currency, coalesce(original_minor, gross_minor) as amount_minor,
  fee_minor, cast(effective_on as date) as on_day, partner_dispute_id as reference,
  payment_ref as other_reference, batch, reference as text
from money_lines
where kind in ('dispute', 'dispute_reversal')
qualify row_number() over (partition by money_line order by feed) = 1
