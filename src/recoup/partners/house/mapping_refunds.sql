-- Makes: refund, one row per refund as the house made it.
-- Reads: source (layout REFUNDS of wire.py).
-- True of it: amounts are positive or zero minor units of ISO 4217; total rows state the file and are no records.
select
  s.refund as refund, s.payment as payment,
  minor(s.amount, scale_of(s.currency)) as amount_minor, s.currency, micros_of(s.refunded_at) as refunded_at,
  case
    when s.record = 'total' then 'total'
    when s.record is distinct from 'line' then not_word('record', s.record, 'line or total')
    when s.refund is null then missing('refund')
    when s.payment is null then missing('payment')
    when fit_of(s.currency) is null then not_currency('currency', s.currency)
    when not coalesce(is_amount(s.amount, fit_of(s.currency)), false) or starts_with(s.amount, '-') or minor(s.amount, scale_of(s.currency)) is null
      then not_amount('amount', s.amount, fit_of(s.currency))
    when micros_of(s.refunded_at) is null then not_instant('refunded_at', s.refunded_at)
  end as problem
from source as s
