-- Makes: money_line, one row per payout of a Checkout.com payouts report.
-- Reads: source (the report).
-- True of it: a payout leaves the balance, so it is negative, and is known by its id in capitals, as breakdowns write it.
-- `Payout Date` is UTC, whatever follows its seconds.
with line as (
  select s.*, upper(s."Payout ID") as payout, s."Payout Amount" as paid,
    fit_of(s."Holding Currency") as fit, scale_of(s."Holding Currency") as scale,
    minor(s."Payout Amount", scale_of(s."Holding Currency")) as paid_minor,
    micros_at(replace(left(s."Payout Date", 19), 'T', ' '), 0) as occurred_at
  from source as s
)
select
  payout as identity, 'payout' as kind, 'payout' as partner_kind,
  cast(null as varchar) as partner_dispute_id, cast(null as varchar) as payment_ref, cast(null as bigint) as cycle,
  payout as batch, -paid_minor as gross_minor, cast(0 as bigint) as fee_minor, -paid_minor as net_minor,
  "Holding Currency" as currency, cast(null as bigint) as original_minor, cast(null as varchar) as original_currency,
  occurred_at, day_in(occurred_at, our_zone()) as effective_on, payout as reference,
  case
    when is_foreign("Client Entity ID") then not_our_account('Client Entity ID', "Client Entity ID")
    when payout is null then missing('Payout ID')
    when fit is null then not_currency('Holding Currency', "Holding Currency")
    when paid is null then missing('Payout Amount')
    when not is_amount(paid, fit) then not_amount('Payout Amount', paid, fit)
    when occurred_at is null then not_instant('Payout Date', "Payout Date")
  end as problem
from line
