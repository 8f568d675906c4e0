-- grain: One leg of a dispute on every side: as announced, as settled, as charged or credited, as the house confirmed.
-- key: dispute, leg, currency
-- owner: books
-- freshness: with each delivery
-- note: An entry on partner_clearing that also touches settlement_clearing, bank or partner_balance says that money
--    moved; one on merchant_clearing that also touches house_ledger or merchant_receivable is the house's own word.
-- dispute VARCHAR: Our id of the dispute.
-- leg VARCHAR: Movement of the dispute, like d1.
-- currency VARCHAR: Currency of the amounts.
-- announced_minor BIGINT minor: As the partner's object says; empty where it does not.
-- settled_minor BIGINT minor: As the partner's money lines moved it; empty where none did.
-- charged_minor BIGINT minor: As we charged or credited the merchant; empty where we did not.
-- confirmed_minor BIGINT minor: As the house ledger says; empty where it does not.
-- is_agreed BOOLEAN: Money moved and every side that speaks says the same, or it is a charge between us and the house.
with standing as (
  select entry from entries where is_active and dispute is not null
), touched as (
  select p.entry, p.account, p.dispute, p.leg, p.currency, p.amount_minor,
    max(case when p.account in ('settlement_clearing', 'bank', 'partner_balance') then 1 else 0 end)
      over (partition by p.entry) as is_settling,
    max(case when p.account in ('house_ledger', 'merchant_receivable') then 1 else 0 end)
      over (partition by p.entry) as is_confirming
  from postings as p
  join standing as s on s.entry = p.entry
), sides as (
  select dispute, leg, currency, 'announced' as side, amount_minor from legs
  union all
  select dispute, leg, currency, 'settled' as side, amount_minor
  from touched where account = 'partner_clearing' and leg is not null and is_settling = 1
  union all
  select dispute, leg, currency, case when is_confirming = 1 then 'confirmed' else 'charged' end as side, amount_minor
  from touched where account = 'merchant_clearing' and leg is not null
), summed as (
  select dispute, leg, currency,
    abs(cast(sum(cast(amount_minor as decimal(38,0))) filter (where side = 'announced') as bigint)) as announced_minor,
    abs(cast(sum(cast(amount_minor as decimal(38,0))) filter (where side = 'settled') as bigint)) as settled_minor,
    abs(cast(sum(cast(amount_minor as decimal(38,0))) filter (where side = 'charged') as bigint)) as charged_minor,
    abs(cast(sum(cast(amount_minor as decimal(38,0))) filter (where side = 'confirmed') as bigint)) as confirmed_minor
  from sides
  group by dispute, leg, currency
)
select dispute, leg, currency, announced_minor, settled_minor, charged_minor, confirmed_minor,
  case
    when announced_minor is null and settled_minor is null then coalesce(charged_minor = confirmed_minor, false)
    else settled_minor is not null
      and coalesce(announced_minor, settled_minor) = settled_minor
      and coalesce(charged_minor, settled_minor) = settled_minor
      and coalesce(confirmed_minor, settled_minor) = settled_minor
  end as is_agreed
from summed
