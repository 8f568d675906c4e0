-- Makes: allocation, one row per agreement on who bears what of a payment's disputes.
-- Reads: source (layout ALLOCATIONS of wire.py).
-- True of it: each part is borne by the merchant or the house, by nobody else.
select
  s.allocation as allocation, s.payment as payment,
  s.principal, s.fee, s.fx, day_of(s.valid_from) as valid_from,
  case
    when s.record = 'total' then 'total'
    when s.record is distinct from 'line' then not_word('record', s.record, 'line or total')
    when s.allocation is null then missing('allocation')
    when s.payment is null then missing('payment')
    when not coalesce(s.principal in ('merchant', 'house'), false) then not_word('principal', s.principal, 'merchant or house')
    when not coalesce(s.fee in ('merchant', 'house'), false) then not_word('fee', s.fee, 'merchant or house')
    when not coalesce(s.fx in ('merchant', 'house'), false) then not_word('fx', s.fx, 'merchant or house')
    when day_of(s.valid_from) is null then not_day('valid_from', s.valid_from)
  end as problem
from source as s
