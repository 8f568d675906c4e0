-- Makes: observation, one row per line of the daily file of disputes.
-- Reads: source, the file: the columns of its layout as text, NULL where a file does not have one.
-- True of it: a status that codes.csv does not have is the move unknown; nothing is guessed in its place.
-- Ready to use: meaning(vocabulary, word), fit_of(currency), scale_of(currency), is_amount(text, fit), minor(text, scale),
-- micros_of(instant), day_of(day), micros_in(text, zone), our_zone(), our_account(), missing(field), not_amount(...), ...
with told as (
  select
    s.*, fit_of(s.currency) as fit, scale_of(s.currency) as scale, micros_of(s.updated_at) as updated,
    micros_of(s.respond_by) as due
  from source as s
)
select
  dispute_id as partner_dispute_id,
  cast(null as varchar) as record_id,
  updated as occurred_at,
  coalesce(meaning('status', status), 'unknown') as move,
  'dispute' as kind,
  cast(null as varchar) as nature,
  status as partner_status,
  minor(amount, scale) as amount_minor,
  currency,
  payment_id as payment_ref,
  case_id as case_ref,
  meaning('network', network) as network,
  reason_code,
  due as due_at,
  cast(null as bigint) as opened_at,
  meaning('leg', status) as leg,
  1 as leg_cycle,
  cast(null as varchar) as leg_ref,
  case
    when dispute_id is null then missing('dispute_id')
    when fit is null then not_currency('currency', currency)
    when not coalesce(is_amount(amount, fit), false) then not_amount('amount', amount, fit)
    when updated is null then not_instant('updated_at', updated_at)
    when respond_by is not null and due is null then not_instant('respond_by', respond_by)
  end as problem
from told
