-- Makes: money_line, one row per balance transaction of an itemised report (payouts or activity), in any layout.
-- Reads: source (the report), unit (decimals by currency), code (what its words mean), arrived.
-- True of it: gross - fee = net, all in one currency; a payout is negative and paid in itself; other lines are paid in the
-- automatic payout that the report names. `created` is UTC, as the report is run unless another zone is asked for.
with line as (
  select
    a.zone, s.*, k.meaning as kind, u.fit, upper(s.currency) as iso_currency, upper(s.customer_facing_currency) as paid_currency,
    p.fit as paid_fit,
    scrub_text(s.reporting_category) as partner_kind,
    scrub_identifier(s.balance_transaction_id) as identity,
    scrub_identifier(s.source_id) as source,
    scrub_identifier(s.charge_id) as charge,
    scrub_identifier(s.automatic_payout_id) as payout,
    are_amounts(concat_ws(';', s.gross, s.fee, s.net, ''), u.fit) as is_read,
    minor(s.gross, u.fit) as gross_minor, told_minor(s.fee, u.fit) as fee_minor, minor(s.net, u.fit) as net_minor,
    micros_at(coalesce(s.created_utc, s.created), 0) as occurred_at,
    upper(s.customer_facing_currency) <> upper(s.currency) and s.customer_facing_amount is not null as is_converted
  from source as s
  cross join arrived as a
  left join code as k on k.vocabulary = 'reporting_category' and k.code = s.reporting_category
  left join unit as u on u.currency = upper(s.currency)
  left join unit as p on p.currency = upper(s.customer_facing_currency)
)
select
  identity, coalesce(kind, 'unknown') as kind, partner_kind,
  case when kind in ('dispute', 'dispute_reversal', 'dispute_fee') then source end as partner_dispute_id,
  coalesce(charge, case when kind = 'charge' then source end) as payment_ref,
  cast(null as bigint) as cycle,
  case when kind in ('payout', 'payout_failure') then source else payout end as batch,
  gross_minor, fee_minor, net_minor, iso_currency as currency,
  case when is_converted then minor(customer_facing_amount, paid_fit) end as original_minor,
  case when is_converted then paid_currency end as original_currency,
  occurred_at, day_in(occurred_at, zone) as effective_on, scrub_text(description) as reference,
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
    when gross_minor - fee_minor <> net_minor then not_net('net', net_minor, 'gross and fee', gross_minor, fee_minor)
  end as problem
from line
