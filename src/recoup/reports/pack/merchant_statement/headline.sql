-- One row is one headline figure: disputes by count, then what moved per currency.
-- Reads: house_lines, disputes.
-- Holds: a movement counts in the month in which it takes effect on the balance.
with lines as (
    select house_line, kind, partner, partner_dispute_id, payment, amount_minor, short_minor, currency, effective_on
    from house_lines
    where merchant = $merchant and effective_on >= $month_first and effective_on < $month_next
), counted as (
    select dispute, outcome, opened_at from disputes where merchant = $merchant and kind <> 'notice'
), figures as (
    select 1 as place, 'New disputes' as figure,
        count(*) filter (where opened_at >= $month_from and opened_at < $month_to) as value,
        cast(null as bigint) as amount_minor, cast(null as varchar) as currency, 'opened in the month' as says, '' as tone
    from counted
    union all
    select 2, 'Open disputes', count(*) filter (where outcome is null), null, null, 'when this was made', '' from counted
    union all
    select 3, 'Moved on the balance', null, cast(sum(cast(amount_minor as decimal(38,0))) as bigint), currency,
        concat(count(*), case when count(*) = 1 then ' movement' else ' movements' end), '' from lines group by currency
    union all
    select 4, 'Owed, not collected', null, cast(sum(cast(short_minor as decimal(38,0))) as bigint), currency,
        'what the balance could not bear', 'warn' from lines where short_minor <> 0 group by currency
)
select figure, value, amount_minor, currency, says, tone from figures order by place, currency
