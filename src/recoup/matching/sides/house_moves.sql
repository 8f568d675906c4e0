-- One movement of a dispute on a merchant's balance, as our own ledger exported it; a debit of the merchant is negative.
-- Reads: house_lines.
-- True of it: an item is the ledger's own id; fees are not told here.
select
  house_line as item, partner, cast(null as varchar) as account, merchant, currency, amount_minor,
  cast(0 as bigint) as fee_minor, cast(effective_on as date) as on_day, partner_dispute_id as reference,
  cast(null as varchar) as other_reference, cast(null as varchar) as batch, kind as text
from house_lines
where kind in ('dispute_debit', 'dispute_credit')
