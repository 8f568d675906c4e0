-- grain: What disputes cost us in one period at one partner, for one merchant, in one currency.
-- key: period, partner, merchant, currency
-- owner: books
-- freshness: with each delivery
-- note: Read off the entries that stand, by the period they are booked in; the merchant is the posting's, else the
--    dispute's. A cost is positive, an income negative. Principal that a merchant bears is no cost of ours.
-- period VARCHAR: Month it is booked in, YYYY-MM.
-- partner VARCHAR: Who charged it.
-- merchant VARCHAR: Whose disputes; empty where none is known.
-- currency VARCHAR: Currency of the amounts.
-- fees_minor BIGINT minor: What the partner charged.
-- tax_minor BIGINT minor: Tax on fees.
-- loss_minor BIGINT minor: Disputed money that is gone and that no merchant bears.
-- credit_loss_minor BIGINT minor: What merchants will not pay.
-- fx_minor BIGINT minor: What conversion there and back cost.
-- rounding_minor BIGINT minor: Fractions that a partner rounds.
-- passed_on_minor BIGINT minor: What merchants were charged for it, or paid after all; an income, so negative.
-- cost_minor BIGINT minor: All of it together.
with booked as (
  select e.period, p.partner, coalesce(p.merchant, d.merchant) as merchant, p.currency, p.account, p.amount_minor
  from postings as p
  join entries as e on e.entry = p.entry
  left join disputes as d on d.dispute = p.dispute
  where e.is_active and p.account in (
    'fee_expense', 'fee_tax', 'dispute_loss', 'credit_loss_expense', 'fx_difference', 'rounding', 'fee_income',
    'recovery_income'
  )
), summed as (
  select period, partner, merchant, currency, account,
    cast(sum(cast(amount_minor as decimal(38,0))) as bigint) as amount_minor
  from booked
  group by period, partner, merchant, currency, account
)
select period, partner, merchant, currency,
  coalesce(max(amount_minor) filter (where account = 'fee_expense'), 0) as fees_minor,
  coalesce(max(amount_minor) filter (where account = 'fee_tax'), 0) as tax_minor,
  coalesce(max(amount_minor) filter (where account = 'dispute_loss'), 0) as loss_minor,
  coalesce(max(amount_minor) filter (where account = 'credit_loss_expense'), 0) as credit_loss_minor,
  coalesce(max(amount_minor) filter (where account = 'fx_difference'), 0) as fx_minor,
  coalesce(max(amount_minor) filter (where account = 'rounding'), 0) as rounding_minor,
  cast(coalesce(
    sum(cast(amount_minor as decimal(38,0))) filter (where account in ('fee_income', 'recovery_income')), 0
  ) as bigint) as passed_on_minor,
  cast(sum(cast(amount_minor as decimal(38,0))) as bigint) as cost_minor
from summed
group by period, partner, merchant, currency
;
-- assert: the parts are the whole
select period, partner, merchant, currency from cost_of_disputes
where cost_minor
  <> fees_minor + tax_minor + loss_minor + credit_loss_minor + fx_minor + rounding_minor + passed_on_minor
