-- Makes: money_line, one row per line of a Checkout.com settlement breakdown.
-- Reads: source (the report).
-- True of it: amounts are in the holding currency, signed as they move it; net is gross and deduction. Lines have more
-- decimals than money has (a fee of -0.003), and what is paid is their rounded sum: a line about no dispute is rounded to
-- minor units and says so in its kind, a line about a dispute must fit exactly. No column names the dispute, but an action id may.
with known as (
  select s.*, meaning('settlement_type', s."Type") as known_kind,
    fit_of(s."Holding Currency") as fit, scale_of(s."Holding Currency") as scale,
    fit_of(s."Processing Currency") as paid_fit, scale_of(s."Processing Currency") as paid_scale,
    concat_ws(';', s."Gross In Holding Currency", s."Net In Holding Currency", '') as amounts
  from source as s
), line as (
  select s.*,
    s."Gross In Holding Currency" as gross, s."Net In Holding Currency" as net,
    are_amounts(amounts, fit) as is_exact,
    coalesce(regexp_full_match(amounts, '(-?[0-9]{1,13}([.][0-9]{1,8})?;){2}'), false) as is_fine,
    cast(round(try_cast(s."Gross In Holding Currency" as decimal(24, 8)) * scale, 0) as bigint) as gross_minor,
    cast(round(try_cast(s."Net In Holding Currency" as decimal(24, 8)) * scale, 0) as bigint) as net_minor,
    s."Processing Currency" <> s."Holding Currency" and s."Gross In Processing Currency" is not null as is_converted,
    s."Processing Currency" as paid_currency, s."Gross In Processing Currency" as paid,
    coalesce(known_kind, 'unknown') in ('dispute', 'unknown') as is_strict,
    coalesce(
      micros_at(replace(left(s."Processed On UTC", 19), 'T', ' '), 0),
      micros_in(replace(left(s."Processed On", 19), 'T', ' '), our_zone())
    ) as occurred_at,
    day_of(left(s."Available On", 10)) as available_on
  from known as s
)
select
  concat_ws('|', "Action ID", "Type", "Payment ID", "Reference", "Processed On", net, upper("Payout ID")) as identity,
  case when known_kind = 'dispute' and gross_minor > 0 then 'dispute_reversal' else coalesce(known_kind, 'unknown') end as kind,
  case when is_exact then "Type" else "Type" || ', rounded' end as partner_kind,
  case when known_kind = 'dispute' and starts_with("Action ID", 'dsp_') then "Action ID" end as partner_dispute_id,
  "Payment ID" as payment_ref, cast(null as bigint) as cycle, upper("Payout ID") as batch,
  gross_minor, gross_minor - net_minor as fee_minor, net_minor, "Holding Currency" as currency,
  case when is_converted and is_amount(paid, paid_fit) then minor(paid, paid_scale) end as original_minor,
  case when is_converted and is_amount(paid, paid_fit) then paid_currency end as original_currency,
  occurred_at, coalesce(available_on, day_in(occurred_at, our_zone())) as effective_on, "Reference" as reference,
  case
    when is_foreign("Client Entity ID") then not_our_account('Client Entity ID', "Client Entity ID")
    when "Type" is null then missing('Type')
    when fit is null then not_currency('Holding Currency', "Holding Currency")
    when gross is null then missing('Gross In Holding Currency')
    when net is null then missing('Net In Holding Currency')
    when not is_fine or (is_strict and not is_exact) then coalesce(first_not_amount([
      {'field': 'Gross In Holding Currency', 'told': gross}, {'field': 'Net In Holding Currency', 'told': net}], fit),
      not_amount('Net In Holding Currency', net, fit))
    when is_converted and is_strict and paid_fit is null then not_currency('Processing Currency', paid_currency)
    when is_converted and is_strict and not is_amount(paid, paid_fit)
      then not_amount('Gross In Processing Currency', paid, paid_fit)
    when occurred_at is null then not_instant('Processed On', "Processed On")
  end as problem
from line
