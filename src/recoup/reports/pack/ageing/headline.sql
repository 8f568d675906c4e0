-- One row is one headline figure: what is open in one currency, then how many balances are old.
-- Reads: clearing (one open balance).
-- Holds: balances are added without their signs; two that cancel are two open balances.
with open as (
    select balance_minor, currency, age_days from clearing
    where ($partner is null or partner = $partner) and ($currency is null or currency = $currency)
), figures as (
    select 1 as place, concat('Open in ', currency) as figure, cast(null as bigint) as value,
        cast(sum(cast(abs(balance_minor) as decimal(38,0))) as bigint) as amount_minor, currency,
        concat(count(*), case when count(*) = 1 then ' balance, ' else ' balances, oldest ' end, max(age_days), ' days') as says,
        case when max(age_days) > 7 then 'bad' when max(age_days) > 1 then 'warn' else 'good' end as tone
    from open
    group by currency
    union all
    select 2, 'Older than a week', count(*) filter (where age_days > 7), null, null,
        concat('of ', count(*), ' open balances'),
        case when count(*) filter (where age_days > 7) > 0 then 'bad' else 'good' end
    from open
)
select figure, value, amount_minor, currency, says, tone from figures order by place, currency
