-- Makes: money_line, one row per movement of a bank statement in our own layout (wire.py).
-- Reads: source (the statement).
-- True of it: gross is net, there are no fees; the bank's reference is the identity; a payout that the payer named is the batch.
with line as (
  select
    s.*, fit_of(s.currency) as fit,
    is_amount(s.amount, fit_of(s.currency)) as is_read,
    minor(s.amount, scale_of(s.currency)) as net_minor,
    day_of(s.booked_on) as effective_on,
    s.reference as identity,
    s.end_to_end as batch,
    epoch_us(timezone(our_zone(), try_cast(day_of(s.booked_on) as timestamp))) as occurred_at
  from source as s
)
select
  identity, 'bank' as kind, cast(null as varchar) as partner_kind, cast(null as varchar) as partner_dispute_id,
  cast(null as varchar) as payment_ref, cast(null as bigint) as cycle, batch,
  net_minor as gross_minor, cast(0 as bigint) as fee_minor, net_minor, currency,
  cast(null as bigint) as original_minor, cast(null as varchar) as original_currency,
  occurred_at, effective_on, remittance as reference,
  case
    when record = 'opening' then 'head'
    when record = 'closing' then 'total'
    when record is distinct from 'line' then not_word('record', record, 'opening, line or closing')
    when is_foreign(account) then not_our_account('account', account)
    when identity is null then missing('reference')
    when fit is null then not_currency('currency', currency)
    when amount is null then missing('amount')
    when not is_read or net_minor is null then not_amount('amount', amount, fit)
    when effective_on is null then not_day('booked_on', booked_on)
  end as problem
from line
