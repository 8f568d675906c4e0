-- Makes: money_line, one row per balance transaction of an itemised report (payouts or activity), in any layout.
-- Reads: source (the report).
-- True of it: net is what moved, gross less fee but for a few; a payout is negative, paid in itself, and known by its own
-- id as on every feed; other lines are paid in the automatic payout that the report names. `created` is UTC, as the report
-- is run unless another zone is asked for.
with known as (
  select s.*, meaning('reporting_category', s.reporting_category) as kind,
    upper(s.currency) as iso_currency, fit_of(upper(s.currency)) as fit, scale_of(upper(s.currency)) as scale,
    upper(s.customer_facing_currency) as paid_currency, fit_of(upper(s.customer_facing_currency)) as paid_fit,
    scale_of(upper(s.customer_facing_currency)) as paid_scale
  from source as s
), line as (
  select s.*,
    s.reporting_category as partner_kind, s.source_id as source, s.charge_id as charge, s.automatic_payout_id as payout,
    are_amounts(concat_ws(';', s.gross, s.fee, s.net, ''), s.fit) as is_read,
    minor(s.gross, s.scale) as gross_minor, told_minor(s.fee, s.scale) as fee_minor, minor(s.net, s.scale) as net_minor,
    micros_at(coalesce(s.created_utc, s.created), 0) as occurred_at,
    s.paid_currency <> s.iso_currency and s.customer_facing_amount is not null as is_converted
  from known as s
)
select
  case when kind = 'payout' then coalesce(source, balance_transaction_id) else balance_transaction_id end as identity,
  coalesce(kind, 'unknown') as kind, partner_kind,
  case when kind in ('dispute', 'dispute_reversal', 'dispute_fee') then source end as partner_dispute_id,
  coalesce(charge, case when kind = 'charge' then source end) as payment_ref,
  cast(null as bigint) as cycle,
  case when kind in ('payout', 'payout_failure') then source else payout end as batch,
  gross_minor, fee_minor, net_minor, iso_currency as currency,
  case when is_converted then minor(customer_facing_amount, paid_scale) end as original_minor,
  case when is_converted then paid_currency end as original_currency,
  occurred_at, day_in(occurred_at, our_zone()) as effective_on, description as reference,
  case
    when balance_transaction_id is null then missing('balance_transaction_id')
    when reporting_category is null then missing('reporting_category')
    when fit is null then not_currency('currency', currency)
    when is_converted and paid_fit is null then not_currency('customer_facing_currency', customer_facing_currency)
    when not is_read or coalesce(is_amount(gross, fit) and is_amount(net, fit) and fee_minor is not null, false) = false
      then coalesce(first_not_amount([{'field': 'gross', 'told': gross}, {'field': 'fee', 'told': fee},
        {'field': 'net', 'told': net}], fit), missing('gross or net'))
    when is_converted and not is_amount(customer_facing_amount, paid_fit)
      then not_amount('customer_facing_amount', customer_facing_amount, paid_fit)
    when occurred_at is null then not_instant('created', coalesce(created_utc, created))
  end as problem
from line
