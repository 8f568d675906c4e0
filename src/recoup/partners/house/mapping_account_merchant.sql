-- Makes: account_merchant, one row per `account` row of the merchants file: who stands behind an account, MID or SUN.
-- Reads: source (layout MERCHANTS of wire.py).
-- True of it: `valid_to` is the first day on which the row no longer holds, after `valid_from`; other rows are silent here.
select
  s.partner, s.account as account, s.merchant as merchant,
  day_of(s.valid_from) as valid_from, day_of(s.valid_to) as valid_to,
  case
    when s.record = 'total' then 'total'
    when s.record is distinct from 'account' then 'silent'
    when s.merchant is null then missing('merchant')
    when not coalesce(regexp_full_match(s.partner, '[a-z][a-z0-9_]{0,39}'), false)
      then not_word('partner', s.partner, 'the name of a partner in small letters')
    when s.account is null then missing('account')
    when day_of(s.valid_from) is null then not_day('valid_from', s.valid_from)
    when s.valid_to is not null and day_of(s.valid_to) is null then not_day('valid_to', s.valid_to)
    when s.valid_to <= s.valid_from then not_word('valid_to', s.valid_to, 'a day after valid_from')
  end as problem
from source as s
