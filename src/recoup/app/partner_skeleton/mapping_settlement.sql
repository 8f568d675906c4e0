-- Makes: money_line, one row per movement of the settlement of a day.
-- Reads: source.
-- True of it: gross is negative for a withdrawal, a fee that costs us is positive, net is gross less fee and is what moved.
-- The row of totals is no record: its problem is 'total'.
with told as (
  select
    s.*, fit_of(s.currency) as fit, micros_of(s.booked_at) as booked,
    minor(s.gross, scale_of(s.currency)) as gross_told, told_minor(s.fee, scale_of(s.currency)) as fee_told,
    minor(s.net, scale_of(s.currency)) as net_told
  from source as s
)
select
  line_id as identity,
  coalesce(meaning('type', type), 'unknown') as kind,
  type as partner_kind,
  dispute_id as partner_dispute_id,
  payment_id as payment_ref,
  cast(null as bigint) as cycle,
  payout_id as batch,
  gross_told as gross_minor,
  fee_told as fee_minor,
  net_told as net_minor,
  currency,
  cast(null as bigint) as original_minor,
  cast(null as varchar) as original_currency,
  booked as occurred_at,
  day_in(booked, our_zone()) as effective_on,
  cast(null as varchar) as reference,
  case
    when record = 'total' then 'total'
    when record is distinct from 'line' then not_word('record', record, 'line or total')
    when line_id is null then missing('line_id')
    when type is null then missing('type')
    when fit is null then not_currency('currency', currency)
    when not coalesce(is_amount(gross, fit) and is_amount(net, fit) and coalesce(is_amount(fee, fit), true), false)
      then coalesce(first_not_amount([{'field': 'gross', 'told': gross}, {'field': 'fee', 'told': fee},
        {'field': 'net', 'told': net}], fit), missing('gross or net'))
    when booked is null then not_instant('booked_at', booked_at)
    when gross_told - fee_told <> net_told then not_net('net', net_told, 'gross and fee', gross_told, fee_told)
  end as problem
from told
