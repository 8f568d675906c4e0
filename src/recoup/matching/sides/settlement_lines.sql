-- One movement of a settlement report that is paid in a batch, payouts left out; signed as it moves our balance.
-- Reads: money_lines.
-- True of it: an item is a money line's id; lines that are in no batch yet are not told here.
select
  money_line as item, partner, account, cast(null as varchar) as merchant, currency,
  net_minor as amount_minor, fee_minor, cast(effective_on as date) as on_day,
  coalesce(partner_dispute_id, payment_ref) as reference, reference as other_reference, batch, reference as text
from money_lines
where kind not in ('payout', 'payout_failure', 'bank', 'opening') and batch is not null
qualify row_number() over (partition by money_line order by feed) = 1
