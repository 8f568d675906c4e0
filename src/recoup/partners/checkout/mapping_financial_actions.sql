-- Makes: money_line, one row per line of a Checkout.com financial actions report (by date range or by payout).
-- Reads: source (the report).
-- True of it: an action fans into lines, one per breakdown: the amount itself and each fee, so a line is gross or cost, and
-- never both. Fees have more decimals than money has and are rounded, which their kind says; all else must fit exactly.
-- The report informs: a settlement breakdown tells the same money with other lines.
with known as (
  select s.*, coalesce(meaning('breakdown_type', s."Breakdown Type"),
      case when ends_with(s."Breakdown Type", ' Fee') then 'fee' end) as known_kind,
    fit_of(s."Holding Currency") as fit, scale_of(s."Holding Currency") as scale,
    s."Holding Currency Amount" as told
  from source as s
), line as (
  select s.*,
    is_amount(told, fit) as is_exact,
    coalesce(regexp_full_match(told, '-?[0-9]{1,13}([.][0-9]{1,8})?'), false) as is_fine,
    cast(round(try_cast(told as decimal(24, 8)) * scale, 0) as bigint) as told_minor,
    micros_in(replace(left(s."Processed On", 19), 'T', ' '), our_zone()) as occurred_at
  from known as s
)
select
  concat_ws('|', coalesce("Action ID", "Payment ID"), "Breakdown Type", "Processed On") as identity,
  case when known_kind = 'dispute' and told_minor > 0 then 'dispute_reversal' else coalesce(known_kind, 'unknown') end as kind,
  case when is_exact then "Breakdown Type" else "Breakdown Type" || ', rounded' end as partner_kind,
  case when starts_with("Action ID", 'dsp_') then "Action ID" end as partner_dispute_id,
  "Payment ID" as payment_ref, cast(null as bigint) as cycle, upper("Payout ID") as batch,
  told_minor as gross_minor, cast(0 as bigint) as fee_minor, told_minor as net_minor, "Holding Currency" as currency,
  cast(null as bigint) as original_minor, cast(null as varchar) as original_currency,
  occurred_at, day_in(occurred_at, our_zone()) as effective_on, "Reference" as reference,
  case
    when "Client Entity ID" is not null and is_foreign("Client Entity ID")
      then not_our_account('Client Entity ID', "Client Entity ID")
    when "Breakdown Type" is null then missing('Breakdown Type')
    when coalesce("Action ID", "Payment ID") is null then missing('Action ID and Payment ID')
    when fit is null then not_currency('Holding Currency', "Holding Currency")
    when told is null then missing('Holding Currency Amount')
    when not is_fine or (known_kind is distinct from 'fee' and not is_exact)
      then not_amount('Holding Currency Amount', told, fit)
    when occurred_at is null then not_instant('Processed On', "Processed On")
  end as problem
from line
