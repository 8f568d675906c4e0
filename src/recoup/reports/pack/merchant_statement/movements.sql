-- One row is one movement on the merchant's balance because of a dispute.
-- Reads: house_lines.
-- Holds: signed as the merchant sees it; short is the part of a debit that the balance could not bear.
with lines as (
    select house_line, kind, partner, partner_dispute_id, payment, amount_minor, short_minor, currency, effective_on
    from house_lines
    where merchant = $merchant and effective_on >= $month_first and effective_on < $month_next
)
select effective_on, replace(replace(kind, 'dispute_', ''), '_', ' ') as what, partner, partner_dispute_id, payment,
    amount_minor, nullif(short_minor, 0) as short_minor, currency, house_line,
    case when short_minor <> 0 then 'warn' else '' end as tone
from lines
order by effective_on, house_line
