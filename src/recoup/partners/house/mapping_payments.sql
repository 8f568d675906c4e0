-- Makes: payment, one row per payment as the house captured it.
-- Reads: source (layout PAYMENTS of wire.py).
-- True of it: amounts are positive or zero minor units of ISO 4217; total rows state the file and are no records.
select
  s.payment as payment, s.merchant as merchant, s.partner,
  s.account as account, s.payment_ref as payment_ref,
  minor(s.amount, scale_of(s.currency)) as captured_minor, s.currency, micros_of(s.captured_at) as captured_at,
  case
    when s.record = 'total' then 'total'
    when s.record is distinct from 'line' then not_word('record', s.record, 'line or total')
    when s.payment is null then missing('payment')
    when s.merchant is null then missing('merchant')
    when not coalesce(regexp_full_match(s.partner, '[a-z][a-z0-9_]{0,39}'), false)
      then not_word('partner', s.partner, 'the name of a partner in small letters')
    when s.account is null then missing('account')
    when s.payment_ref is null then missing('payment_ref')
    when fit_of(s.currency) is null then not_currency('currency', s.currency)
    when not coalesce(is_amount(s.amount, fit_of(s.currency)), false) or starts_with(s.amount, '-') or minor(s.amount, scale_of(s.currency)) is null
      then not_amount('amount', s.amount, fit_of(s.currency))
    when micros_of(s.captured_at) is null then not_instant('captured_at', s.captured_at)
  end as problem
from source as s
