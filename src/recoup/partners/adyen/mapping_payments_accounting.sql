-- Makes: money_line, one row per line of an Adyen payments accounting report that moves money; other lines are silent.
-- Reads: source (the report).
-- True of it: amounts are in the settlement currency; `Payable (SC)` is net, so payable + fees is gross: a chargeback of
-- 2000 JPY came as payable -23.87 USD with fees of 10.86, that is 13.01 USD. The report names no batch.
with known as (
  select s.*, meaning('accounting_type', s."Record Type") as kind,
    fit_of(s."Settlement Currency") as net_fit, scale_of(s."Settlement Currency") as net_scale,
    fit_of(s."Payment Currency") as paid_fit, scale_of(s."Payment Currency") as paid_scale
  from source as s
), line as (
  select
    s.*,
    s."Record Type" as partner_kind, s."Psp Reference" as payment_ref, s."Modification Psp Reference" as modification,
    minor(s."Payable (SC)", net_scale) as net_minor,
    are_amounts(concat_ws(';', s."Payable (SC)", s."Commission (SC)", s."Markup (SC)", s."Scheme Fees (SC)",
      s."Interchange (SC)", ''), net_fit) as is_net_read,
    told_minor(s."Commission (SC)", net_scale) + told_minor(s."Markup (SC)", net_scale)
      + told_minor(s."Scheme Fees (SC)", net_scale) + told_minor(s."Interchange (SC)", net_scale) as fee_minor,
    s."Payment Currency" <> s."Settlement Currency" and s."Original Amount" is not null as is_converted,
    minor(s."Original Amount", paid_scale) as paid_minor,
    coalesce(micros_at(s."Booking Date", meaning('time_zone', s."TimeZone")), micros_in(s."Booking Date", our_zone())) as occurred_at,
    day_of(left(s."Booking Date", 10)) as effective_on
  from known as s
)
select
  concat_ws('|', coalesce(modification, payment_ref), partner_kind) as identity,
  coalesce(kind, 'unknown') as kind, partner_kind,
  case when kind in ('dispute', 'dispute_reversal', 'dispute_fee') then modification end as partner_dispute_id,
  payment_ref, cast(meaning('accounting_cycle', "Record Type") as bigint) as cycle, cast(null as varchar) as batch,
  net_minor + fee_minor as gross_minor, fee_minor, net_minor, "Settlement Currency" as currency,
  case when is_converted then sign(net_minor + fee_minor) * abs(paid_minor) end as original_minor,
  case when is_converted then "Payment Currency" end as original_currency,
  occurred_at, effective_on, "Merchant Reference" as reference,
  case
    when is_foreign("Merchant Account") then not_our_account('Merchant Account', "Merchant Account")
    when "Record Type" is null then missing('Record Type')
    when kind = 'silent' then 'silent'
    when "Payable (SC)" is null and kind is null then not_word('Record Type', "Record Type", 'a word of codes.csv, or an amount')
    when "Payable (SC)" is null then missing('Payable (SC)')
    when net_fit is null then not_currency('Settlement Currency', "Settlement Currency")
    when is_converted and paid_fit is null then not_currency('Payment Currency', "Payment Currency")
    when not is_net_read or net_minor is null or fee_minor is null then first_not_amount([
      {'field': 'Payable (SC)', 'told': "Payable (SC)"}, {'field': 'Commission (SC)', 'told': "Commission (SC)"},
      {'field': 'Markup (SC)', 'told': "Markup (SC)"}, {'field': 'Scheme Fees (SC)', 'told': "Scheme Fees (SC)"},
      {'field': 'Interchange (SC)', 'told': "Interchange (SC)"}], net_fit)
    when is_converted and not is_amount("Original Amount", paid_fit) then not_amount('Original Amount', "Original Amount", paid_fit)
    when coalesce(modification, payment_ref) is null then missing('Psp Reference')
    when occurred_at is null then not_instant('Booking Date', "Booking Date")
  end as problem
from line
