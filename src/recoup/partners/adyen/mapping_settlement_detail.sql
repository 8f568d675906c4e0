-- Makes: money_line, one row per line of an Adyen settlement details report, old and 2025 layout.
-- Reads: source (the report).
-- True of it: all amounts but `original` are in the net currency; gross - fees = net; a MerchantPayout is negative.
-- `Psp Reference` is the payment; `Modification Reference` the dispute, capture or refund. A line without a payment
-- (fees, corrections) is known by its text, time and amount, a payout by its batch.
with known as (
  select s.*, meaning('settlement_type', s."Type") as kind,
    fit_of(s."Net Currency") as net_fit, scale_of(s."Net Currency") as net_scale,
    fit_of(s."Gross Currency") as gross_fit, scale_of(s."Gross Currency") as gross_scale
  from source as s
), line as (
  select
    s.*,
    s."Type" as partner_kind, s."Psp Reference" as payment_ref, s."Modification Reference" as modification,
    coalesce(s."Batch Number", cast(our_sequence() as varchar)) as batch,
    coalesce(s."Net Debit (NC)", s."Net Credit (NC)") is not null as has_net,
    coalesce(s."Gross Debit (GC)", s."Gross Credit (GC)") is not null as has_gross,
    are_amounts(concat_ws(';', s."Net Debit (NC)", s."Net Credit (NC)", s."Commission (NC)", s."Markup (NC)",
      s."Scheme Fees (NC)", s."Interchange (NC)", ''), net_fit) as is_net_read,
    are_amounts(concat_ws(';', s."Gross Debit (GC)", s."Gross Credit (GC)", ''), gross_fit) as is_gross_read,
    told_minor(s."Net Credit (NC)", net_scale) - told_minor(s."Net Debit (NC)", net_scale) as net_minor,
    told_minor(s."Commission (NC)", net_scale) + told_minor(s."Markup (NC)", net_scale)
      + told_minor(s."Scheme Fees (NC)", net_scale) + told_minor(s."Interchange (NC)", net_scale) as fee_minor,
    told_minor(s."Gross Credit (GC)", gross_scale) - told_minor(s."Gross Debit (GC)", gross_scale) as gross_told_minor,
    coalesce(micros_at(s."Creation Date", meaning('time_zone', s."TimeZone")), micros_in(s."Creation Date", our_zone())) as occurred_at,
    day_of(left(coalesce(s."Booking Date", s."Creation Date"), 10)) as effective_on
  from known as s
)
select
  case when kind = 'payout' then 'batch ' || batch
    when payment_ref is not null then concat_ws('|', coalesce(modification, payment_ref), partner_kind, batch)
    else concat_ws('|', modification, "Creation Date", net_minor, partner_kind, batch) end as identity,
  coalesce(kind, 'unknown') as kind, partner_kind,
  case when kind in ('dispute', 'dispute_reversal', 'dispute_fee') then modification end as partner_dispute_id,
  payment_ref, cast(meaning('settlement_cycle', "Type") as bigint) as cycle, batch,
  net_minor + fee_minor as gross_minor, fee_minor, net_minor, "Net Currency" as currency,
  case when "Gross Currency" <> "Net Currency" and has_gross then gross_told_minor end as original_minor,
  case when "Gross Currency" <> "Net Currency" and has_gross then "Gross Currency" end as original_currency,
  occurred_at, effective_on,
  case when kind = 'payout' then "Modification Reference" else "Merchant Reference" end as reference,
  case
    when is_foreign("Merchant Account") then not_our_account('Merchant Account', "Merchant Account")
    when "Type" is null then missing('Type')
    when not has_net and meaning('settlement_external', "Type") is not null then 'silent'
    when net_fit is null then not_currency('Net Currency', "Net Currency")
    when has_gross and gross_fit is null then not_currency('Gross Currency', "Gross Currency")
    when not is_net_read or net_minor is null or fee_minor is null then first_not_amount([
      {'field': 'Net Debit (NC)', 'told': "Net Debit (NC)"}, {'field': 'Net Credit (NC)', 'told': "Net Credit (NC)"},
      {'field': 'Commission (NC)', 'told': "Commission (NC)"}, {'field': 'Markup (NC)', 'told': "Markup (NC)"},
      {'field': 'Scheme Fees (NC)', 'told': "Scheme Fees (NC)"}, {'field': 'Interchange (NC)', 'told': "Interchange (NC)"}], net_fit)
    when has_gross and (not is_gross_read or gross_told_minor is null) then first_not_amount([
      {'field': 'Gross Debit (GC)', 'told': "Gross Debit (GC)"}, {'field': 'Gross Credit (GC)', 'told': "Gross Credit (GC)"}], gross_fit)
    when not has_net then missing('Net Debit (NC) and Net Credit (NC)')
    when occurred_at is null then not_instant('Creation Date', "Creation Date")
    when effective_on is null then not_day('Booking Date', "Booking Date")
    when has_gross and "Gross Currency" = "Net Currency" and gross_told_minor <> net_minor + fee_minor
      then not_net('net', net_minor, 'gross and fees', gross_told_minor, fee_minor)
  end as problem
from line
