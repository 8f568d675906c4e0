-- One row is one account at one partner in one currency: what is open by age, without signs, and net.
-- Reads: clearing (one open balance).
-- Holds: the four ages add up to what is open.
select replace(account, '_', ' ') as account, partner, currency, count(*) as balances,
    cast(coalesce(sum(cast(abs(balance_minor) as decimal(38,0))) filter (where age = '0-1'), 0) as bigint) as new_minor,
    cast(coalesce(sum(cast(abs(balance_minor) as decimal(38,0))) filter (where age = '2-7'), 0) as bigint) as week_minor,
    cast(coalesce(sum(cast(abs(balance_minor) as decimal(38,0))) filter (where age = '8-30'), 0) as bigint) as month_minor,
    cast(coalesce(sum(cast(abs(balance_minor) as decimal(38,0))) filter (where age_days > 30), 0) as bigint) as older_minor,
    cast(sum(cast(abs(balance_minor) as decimal(38,0))) as bigint) as open_minor,
    cast(sum(cast(balance_minor as decimal(38,0))) as bigint) as balance_minor
from clearing
where ($partner is null or partner = $partner) and ($currency is null or currency = $currency)
group by account, partner, currency
order by account, partner, currency
