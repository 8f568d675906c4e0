-- Makes: refund, one row per refund as the house made it.
-- Reads: source (layout REFUNDS of wire.py), unit (decimals by currency).
-- True of it: amounts are positive or zero minor units of ISO 4217; total rows state the file and are no records.
select
  scrub_identifier(s.refund) as refund, scrub_identifier(s.payment) as payment,
  minor(s.amount, u.fit) as amount_minor, s.currency, micros_of(s.refunded_at) as refunded_at,
  case
    when s.record = 'total' then 'total'
    when s.record is distinct from 'line' then not_word('record', s.record, 'line or total')
    when s.refund is null then missing('refund')
    when s.payment is null then missing('payment')
    when u.fit is null then not_currency('currency', s.currency)
    when not coalesce(is_amount(s.amount, u.fit), false) or starts_with(s.amount, '-') or minor(s.amount, u.fit) is null
      then not_amount('amount', s.amount, u.fit)
    when micros_of(s.refunded_at) is null then not_instant('refunded_at', s.refunded_at)
  end as problem
from source as s
left join unit as u on u.currency = s.currency
