-- Makes: money_line, one row per line of an Adyen payments accounting report that moves money; other lines are silent.
-- Reads: source (the report), unit (decimals by currency), code (what its words mean), arrived.
-- True of it: amounts are in the settlement currency; `Payable (SC)` is net, so payable + fees is gross: a chargeback of
-- 2000 JPY came as payable -23.87 USD with fees of 10.86, that is 13.01 USD. The report names no batch.
with word as (
  select code, max(meaning) filter (vocabulary = 'accounting_type') as kind,
    cast(max(meaning) filter (vocabulary = 'accounting_cycle') as bigint) as cycle
  from code where vocabulary in ('accounting_type', 'accounting_cycle') group by code
), clock as (
  select code as name, cast(meaning as bigint) as minutes from code where vocabulary = 'time_zone'
), line as (
  select
    a.account, s.*, w.kind, w.cycle, net.fit as net_fit, paid.fit as paid_fit,
    scrub_text(s."Record Type") as partner_kind,
    scrub_identifier(s."Psp Reference") as payment_ref,
    scrub_identifier(s."Modification Psp Reference") as modification,
    minor(s."Payable (SC)", net.fit) as net_minor,
    are_amounts(concat_ws(';', s."Payable (SC)", s."Commission (SC)", s."Markup (SC)", s."Scheme Fees (SC)",
      s."Interchange (SC)", ''), net.fit) as is_net_read,
    told_minor(s."Commission (SC)", net.fit) + told_minor(s."Markup (SC)", net.fit)
      + told_minor(s."Scheme Fees (SC)", net.fit) + told_minor(s."Interchange (SC)", net.fit) as fee_minor,
    s."Payment Currency" <> s."Settlement Currency" and s."Original Amount" is not null as is_converted,
    minor(s."Original Amount", paid.fit) as paid_minor,
    coalesce(micros_at(s."Booking Date", z.minutes), micros_in(s."Booking Date", a.zone)) as occurred_at,
    day_of(left(s."Booking Date", 10)) as effective_on
  from source as s
  cross join arrived as a
  left join word as w on w.code = s."Record Type"
  left join clock as z on z.name = s."TimeZone"
  left join unit as net on net.currency = s."Settlement Currency"
  left join unit as paid on paid.currency = s."Payment Currency"
)
select
  concat_ws('|', coalesce(modification, payment_ref), partner_kind) as identity,
  coalesce(kind, 'unknown') as kind, partner_kind,
  case when kind in ('dispute', 'dispute_reversal', 'dispute_fee') then modification end as partner_dispute_id,
  payment_ref, cycle, cast(null as varchar) as batch,
  net_minor + fee_minor as gross_minor, fee_minor, net_minor, "Settlement Currency" as currency,
  case when is_converted then sign(net_minor + fee_minor) * abs(paid_minor) end as original_minor,
  case when is_converted then "Payment Currency" end as original_currency,
  occurred_at, effective_on, scrub_identifier("Merchant Reference") as reference,
  case
    when account <> 'default' and "Merchant Account" is distinct from account then not_our_account('Merchant Account', "Merchant Account", account)
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
