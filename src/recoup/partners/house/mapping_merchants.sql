-- Makes: merchant, one row per `merchant` row of the file; its `account` rows are silent here.
-- Reads: source (layout MERCHANTS of wire.py), unit (decimals by currency).
-- True of it: a row of a kind that nobody knows is refused here, and nowhere else.
select
  scrub_identifier(s.merchant) as merchant, scrub_text(s.name) as name, s.currency,
  case
    when s.record = 'total' then 'total'
    when s.record = 'account' then 'silent'
    when s.record is distinct from 'merchant' then not_word('record', s.record, 'merchant, account or total')
    when s.merchant is null then missing('merchant')
    when s.currency is not null and u.fit is null then not_currency('currency', s.currency)
  end as problem
from source as s
left join unit as u on u.currency = s.currency
