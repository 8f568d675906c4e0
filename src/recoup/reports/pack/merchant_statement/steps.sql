-- One row is one step of what disputes moved in one currency; `sort` is level for the sum, else change.
-- Reads: house_lines.
-- Holds: the changes add up to the sum.
with lines as (
    select house_line, kind, partner, partner_dispute_id, payment, amount_minor, short_minor, currency, effective_on
    from house_lines
    where merchant = $merchant and effective_on >= $month_first and effective_on < $month_next
), sums as (
    select currency, case kind when 'dispute_debit' then 1 when 'dispute_credit' then 2 when 'dispute_fee' then 3
            when 'fee_credit' then 4 else 5 end as place,
        case kind when 'dispute_debit' then 'Disputes' when 'dispute_credit' then 'Credited back'
            when 'dispute_fee' then 'Fees' when 'fee_credit' then 'Fees back' else 'Other' end as step,
        'change' as sort, sum(cast(amount_minor as decimal(38,0))) as amount_minor
    from lines group by currency, kind
    union all
    select currency, 9, 'Moved', 'level', sum(cast(amount_minor as decimal(38,0))) from lines group by currency
)
select step, sort, cast(amount_minor as bigint) as amount_minor, currency
from sums
order by currency, place, step
