-- grain: Disputes of one account in one month and currency, by who tells of them: partner, money, our own ledger.
-- key: partner, account, month, cell, currency
-- owner: controls
-- freshness: with each delivery
-- note: Notices, alerts and requests move no money and are left out; `object` alone is right for disputes without a debit.
-- partner VARCHAR: Partner they are at.
-- account VARCHAR: Our account there.
-- month VARCHAR: Month in which they were opened, YYYY-MM, UTC; of what nobody told the opening, when it first showed.
-- cell VARCHAR: Who tells of them: object, money, house, two of these, or all three.
-- currency VARCHAR: Currency of the amounts; empty where none is told.
-- disputes BIGINT rows: How many.
-- amount_minor BIGINT minor: What they are about.
-- oldest_at TIMESTAMP: When the oldest of them was opened.
with told as (
  select distinct dispute from observations
), moved as (
  select distinct dispute from money_lines where dispute is not null
), charged as (
  select distinct partner, partner_dispute_id from house_lines where partner_dispute_id is not null
), seen as (
  select d.partner, d.account, d.currency, d.amount_minor, coalesce(d.opened_at, d.moved_at) as opened_at,
    t.dispute is not null as has_object, m.dispute is not null as has_money,
    h.partner_dispute_id is not null as has_house
  from disputes as d
  left join told as t on t.dispute = d.dispute
  left join moved as m on m.dispute = d.dispute
  left join charged as h on h.partner = d.partner and h.partner_dispute_id = d.partner_dispute_id
  where d.kind not in ('notice', 'alert', 'request')
), placed as (
  select partner, account, currency, amount_minor, opened_at,
    substr(cast(cast('1970-01-01' as date) + cast(opened_at // 86400000000 as integer) as varchar), 1, 7) as month,
    case
      when has_object and has_money and has_house then 'all three'
      when has_object and has_money then 'object and money'
      when has_object and has_house then 'object and house'
      when has_money and has_house then 'money and house'
      when has_object then 'object'
      when has_money then 'money'
      else 'house'
    end as cell
  from seen
)
select partner, account, month, cell, coalesce(currency, '') as currency, count(*) as disputes,
  coalesce(cast(sum(cast(amount_minor as decimal(38, 0))) as bigint), 0) as amount_minor, min(opened_at) as oldest_at
from placed
group by partner, account, month, cell, coalesce(currency, '')
;
-- assert: every dispute that may move money stands in one cell
select s.counted from (
  select coalesce(cast(sum(cast(c.disputes as decimal(38, 0))) as bigint), 0) as counted from coverage as c
) as s
cross join (select count(*) as there from disputes where kind not in ('notice', 'alert', 'request')) as t
where s.counted <> t.there
