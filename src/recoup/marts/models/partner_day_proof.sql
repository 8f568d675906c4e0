-- grain: One partner-day in one currency: what the books took of each side, and what is left of balances opened on it.
-- key: partner, partner_account, covers_on, currency
-- owner: compliance
-- freshness: with each delivery
-- note: A balance belongs to the day of its first entry, so that each open cent stands on one day. What each side said
--    itself is laid beside this, and what is left is named, by the command recoup proof.
-- partner VARCHAR: Partner of the account.
-- partner_account VARCHAR: Our account at the partner.
-- covers_on DATE: The day, in the zone of the account.
-- currency VARCHAR: Currency of the amounts.
-- object_minor BIGINT minor: Legs that the partner's objects announced; money to us is positive.
-- money_minor BIGINT minor: The partner's lines about disputes, net.
-- other_minor BIGINT minor: The rest of its reports, net.
-- house_minor BIGINT minor: What the house moved on merchants' balances; a charge is negative.
-- paid_out_minor BIGINT minor: What the partner paid out.
-- banked_minor BIGINT minor: What of it reached the bank; at a bank, all its lines.
-- left_rows BIGINT rows: Balances opened on the day that are not zero.
-- left_minor BIGINT minor: Their sizes, added up.
-- is_tied BOOLEAN: Nothing is left.
-- seal VARCHAR: The day's latest seal; empty where it is not sealed.
with standing as (
  select p.partner, p.partner_account, e.effective_on, p.currency, p.account, p.merchant, p.dispute, p.leg, p.batch,
    p.amount_minor, e.rule, e.dispute as about, e.subject
  from postings as p
  join entries as e on e.entry = p.entry
  where e.is_active
), sided as (
  select partner, partner_account, effective_on as covers_on, currency,
    case
      when rule like 'carried%' or rule like 'opening%' then cast(null as varchar)
      when rule in ('payout_made', 'payout_failed') then case when account = 'payout_clearing' then 'paid_out' end
      when rule in ('bank_received', 'bank_unexplained', 'bank_elsewhere')
        then case when account in ('payout_clearing', 'bank') then 'banked' end
      when account in ('house_ledger', 'merchant_receivable') and rule like 'house%' then 'house'
      when account in ('settlement_clearing', 'bank', 'partner_balance')
        then case when about is null and substr(coalesce(subject, 'mln'), 1, 3) <> 'mln' then 'other' else 'money' end
      when account = 'partner_clearing' and substr(leg, 1, 1) in ('d', 'c')
        and (rule like 'debit_a%' or rule like 'credit_a%' or rule like 'credit_p%') then 'object'
    end as side,
    case
      when account in ('house_ledger', 'merchant_receivable') then -amount_minor
      when account = 'payout_clearing' and rule = 'bank_received' then -amount_minor
      else amount_minor
    end as minor
  from standing
), moved as (
  select partner, partner_account, covers_on, currency,
    cast(coalesce(sum(cast(minor as decimal(38,0))) filter (where side = 'object'), 0) as bigint) as object_minor,
    cast(coalesce(sum(cast(minor as decimal(38,0))) filter (where side = 'money'), 0) as bigint) as money_minor,
    cast(coalesce(sum(cast(minor as decimal(38,0))) filter (where side = 'other'), 0) as bigint) as other_minor,
    cast(coalesce(sum(cast(minor as decimal(38,0))) filter (where side = 'house'), 0) as bigint) as house_minor,
    cast(coalesce(sum(cast(minor as decimal(38,0))) filter (where side = 'paid_out'), 0) as bigint) as paid_out_minor,
    cast(coalesce(sum(cast(minor as decimal(38,0))) filter (where side = 'banked'), 0) as bigint) as banked_minor
  from sided
  group by partner, partner_account, covers_on, currency
), opened as (
  select partner, partner_account, currency, min(effective_on) as covers_on,
    abs(cast(sum(cast(amount_minor as decimal(38,0))) as bigint)) as minor
  from standing
  where account in (
    'partner_clearing', 'settlement_clearing', 'payout_clearing', 'merchant_clearing', 'fx_position', 'suspense',
    'opening_clearing'
  )
  group by partner, partner_account, currency, account, merchant, dispute, leg, batch
), remaining as (
  select partner, partner_account, covers_on, currency, count(*) as left_rows,
    cast(sum(cast(minor as decimal(38,0))) as bigint) as left_minor
  from opened
  where minor <> 0
  group by partner, partner_account, covers_on, currency
), sealed as (
  select partner, account, covers_on, max_by(seal, sequence) as seal
  from seals
  group by partner, account, covers_on
)
select m.partner, m.partner_account, m.covers_on, m.currency, m.object_minor, m.money_minor, m.other_minor,
  m.house_minor, m.paid_out_minor, m.banked_minor, coalesce(r.left_rows, 0) as left_rows,
  coalesce(r.left_minor, 0) as left_minor, coalesce(r.left_rows, 0) = 0 as is_tied, s.seal
from moved as m
left join remaining as r
  on r.partner = m.partner and r.partner_account = m.partner_account and r.covers_on = m.covers_on
  and r.currency = m.currency
left join sealed as s on s.partner = m.partner and s.account = m.partner_account and s.covers_on = m.covers_on
