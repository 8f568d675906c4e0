-- Makes: house_line, one row per movement on a merchant's balance in the house's ledger.
-- Reads: source (layout LEDGER of wire.py).
-- True of it: `amount` is signed as the merchant's balance moves; `short`, part of a debit that the merchant could not pay,
-- is positive or absent; a line about a dispute names its partner and the partner's own id.
select
  s.line as house_line, s.merchant as merchant, s.kind, s.partner,
  s.dispute as partner_dispute_id, s.payment as payment,
  minor(s.amount, scale_of(s.currency)) as amount_minor, told_minor(s.short, scale_of(s.currency)) as short_minor, s.currency,
  day_of(s.effective_on) as effective_on,
  case
    when s.record = 'total' then 'total'
    when s.record is distinct from 'line' then not_word('record', s.record, 'line or total')
    when s.line is null then missing('line')
    when s.merchant is null then missing('merchant')
    when not coalesce(s.kind in ('dispute_debit', 'dispute_credit', 'dispute_fee', 'fee_credit', 'other'), false)
      then not_word('kind', s.kind, 'dispute_debit, dispute_credit, dispute_fee, fee_credit or other')
    when s.partner is not null and not regexp_full_match(s.partner, '[a-z][a-z0-9_]{0,39}')
      then not_word('partner', s.partner, 'the name of a partner in small letters')
    when s.dispute is not null and s.partner is null then missing('partner')
    when fit_of(s.currency) is null then not_currency('currency', s.currency)
    when not coalesce(is_amount(s.amount, fit_of(s.currency)), false) or minor(s.amount, scale_of(s.currency)) is null
      then not_amount('amount', s.amount, fit_of(s.currency))
    when not coalesce(is_amount(s.short, fit_of(s.currency)), true) or starts_with(s.short, '-') then not_amount('short', s.short, fit_of(s.currency))
    when day_of(s.effective_on) is null then not_day('effective_on', s.effective_on)
  end as problem
from source as s
