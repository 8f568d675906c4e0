-- grain: One batch or payout of one account in one currency: what was reported, paid out and banked.
-- key: partner, partner_account, batch, currency
-- owner: money
-- freshness: with each delivery
-- note: Read off the entries that stand: reported is what they put on settlement_clearing, paid out what they moved from
--    there to payout_clearing, banked what they moved from there to the bank. Signed as it moves our balance.
-- partner VARCHAR: Who pays.
-- partner_account VARCHAR: Our account at the partner.
-- batch VARCHAR: Batch or payout, as the partner names it.
-- currency VARCHAR: Currency of the amounts.
-- reported_minor BIGINT minor: As the partner's report says.
-- paid_out_minor BIGINT minor: As the partner says that it paid.
-- banked_minor BIGINT minor: As the bank says.
-- unpaid_minor BIGINT minor: Reported and not paid out.
-- unbanked_minor BIGINT minor: Paid out and not at the bank.
-- state VARCHAR: tied, waiting_for_payout, waiting_for_bank, or differs.
with touched as (
  select p.entry, p.account, p.partner, p.partner_account, p.batch, p.currency,
    cast(sum(cast(p.amount_minor as decimal(38,0))) as bigint) as amount_minor
  from postings as p
  join entries as e on e.entry = p.entry
  where e.is_active and p.batch is not null and p.account in ('settlement_clearing', 'payout_clearing')
  group by p.entry, p.account, p.partner, p.partner_account, p.batch, p.currency
), sided as (
  select entry, partner, partner_account, batch, currency,
    max(amount_minor) filter (where account = 'settlement_clearing') as settled_minor,
    max(amount_minor) filter (where account = 'payout_clearing') as paid_minor
  from touched
  group by entry, partner, partner_account, batch, currency
), summed as (
  select partner, partner_account, batch, currency,
    cast(coalesce(sum(cast(settled_minor as decimal(38,0))) filter (where paid_minor is null), 0) as bigint)
      as reported_minor,
    cast(coalesce(sum(cast(paid_minor as decimal(38,0))) filter (where settled_minor is not null), 0) as bigint)
      as paid_out_minor,
    cast(coalesce(-sum(cast(paid_minor as decimal(38,0))) filter (where settled_minor is null), 0) as bigint)
      as banked_minor
  from sided
  group by partner, partner_account, batch, currency
)
select partner, partner_account, batch, currency, reported_minor, paid_out_minor, banked_minor,
  reported_minor - paid_out_minor as unpaid_minor,
  paid_out_minor - banked_minor as unbanked_minor,
  case
    when reported_minor = paid_out_minor and paid_out_minor = banked_minor then 'tied'
    when reported_minor <> 0 and paid_out_minor = 0 and banked_minor = 0 then 'waiting_for_payout'
    when reported_minor = paid_out_minor and banked_minor = 0 then 'waiting_for_bank'
    else 'differs'
  end as state
from summed
;
-- assert: what is not tied is what is open on the two clearing accounts
select b.partner, b.batch, b.currency
from batch_tie_out as b
join (
  select partner, partner_account, batch, currency, sum(cast(balance_minor as decimal(38,0))) as open_minor
  from balances
  where account in ('settlement_clearing', 'payout_clearing') and batch is not null
  group by partner, partner_account, batch, currency
) as o on o.partner = b.partner and o.partner_account = b.partner_account and o.batch = b.batch
  and o.currency = b.currency
where o.open_minor <> b.unpaid_minor + b.unbanked_minor
