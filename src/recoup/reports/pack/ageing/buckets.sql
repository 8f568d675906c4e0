-- One row is one bucket of age, account and currency: what is open, without signs.
-- Reads: clearing (one open balance).
-- Holds: every open balance lies in exactly one bucket; a bucket with nothing in it stands there with zero.
with ages as (
    select * from (values (1, '0-1'), (2, '2-7'), (3, '8-30'), (4, '31-90'), (5, 'over 90')) as bucket(place, age)
), open as (
    select account, currency, age, balance_minor from clearing
    where ($partner is null or partner = $partner) and ($currency is null or currency = $currency)
), kept as (
    select distinct currency, account from open
)
select ages.age as age, replace(kept.account, '_', ' ') as account, kept.currency as currency,
    cast(coalesce(sum(cast(abs(open.balance_minor) as decimal(38,0))), 0) as bigint) as open_minor
from ages
cross join kept
left join open on open.age = ages.age and open.currency = kept.currency and open.account = kept.account
group by ages.place, ages.age, kept.account, kept.currency
order by kept.currency, ages.place, kept.account
