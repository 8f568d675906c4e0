-- Makes: house_line, one row per movement on a merchant's balance in the house's ledger.
-- Reads: source (layout LEDGER of wire.py), unit (decimals by currency).
-- True of it: `amount` is signed as the merchant's balance moves; `short`, part of a debit that the merchant could not pay,
-- is positive or absent; a line about a dispute names its partner and the partner's own id.
select
  scrub_identifier(s.line) as house_line, scrub_identifier(s.merchant) as merchant, s.kind, s.partner,
  scrub_identifier(s.dispute) as partner_dispute_id, scrub_identifier(s.payment) as payment,
  minor(s.amount, u.fit) as amount_minor, told_minor(s.short, u.fit) as short_minor, s.currency,
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
    when u.fit is null then not_currency('currency', s.currency)
    when not coalesce(is_amount(s.amount, u.fit), false) or minor(s.amount, u.fit) is null
      then not_amount('amount', s.amount, u.fit)
    when not coalesce(is_amount(s.short, u.fit), true) or starts_with(s.short, '-') then not_amount('short', s.short, u.fit)
    when day_of(s.effective_on) is null then not_day('effective_on', s.effective_on)
  end as problem
from source as s
left join unit as u on u.currency = s.currency
