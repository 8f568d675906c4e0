-- Makes: merchant, one row per `merchant` row of the file; its `account` rows are silent here.
-- Reads: source (layout MERCHANTS of wire.py).
-- True of it: a row of a kind that nobody knows is refused here, and nowhere else.
select
  s.merchant as merchant, s.name as name, s.currency,
  case
    when s.record = 'total' then 'total'
    when s.record = 'account' then 'silent'
    when s.record is distinct from 'merchant' then not_word('record', s.record, 'merchant, account or total')
    when s.merchant is null then missing('merchant')
    when s.currency is not null and fit_of(s.currency) is null then not_currency('currency', s.currency)
  end as problem
from source as s
