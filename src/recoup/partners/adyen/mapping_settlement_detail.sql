-- Makes: money_line, one row per line of an Adyen settlement details report, old and 2025 layout.
-- Reads: source (the report), unit (decimals by currency), code (what its words mean), arrived.
-- True of it: all amounts but `original` are in the net currency; gross - fees = net; a MerchantPayout is negative.
-- `Psp Reference` is the payment; `Modification Reference` the dispute, capture or refund. A line without a payment
-- (fees, corrections) is known by its text, time and amount, a payout by its batch.
with word as (
  select code, max(meaning) filter (vocabulary = 'settlement_type') as kind,
    cast(max(meaning) filter (vocabulary = 'settlement_cycle') as bigint) as cycle,
    count(*) filter (vocabulary = 'settlement_external') > 0 as is_external
  from code where vocabulary in ('settlement_type', 'settlement_cycle', 'settlement_external') group by code
), clock as (
  select code as name, cast(meaning as bigint) as minutes from code where vocabulary = 'time_zone'
), line as (
  select
    a.account, s.*, w.kind, w.cycle, w.is_external, net.fit as net_fit, gross.fit as gross_fit,
    scrub_text(s."Type") as partner_kind,
    scrub_identifier(s."Psp Reference") as payment_ref,
    scrub_identifier(s."Modification Reference") as modification,
    coalesce(scrub_identifier(s."Batch Number"), cast(a.sequence as varchar)) as batch,
    coalesce(s."Net Debit (NC)", s."Net Credit (NC)") is not null as has_net,
    coalesce(s."Gross Debit (GC)", s."Gross Credit (GC)") is not null as has_gross,
    are_amounts(concat_ws(';', s."Net Debit (NC)", s."Net Credit (NC)", s."Commission (NC)", s."Markup (NC)",
      s."Scheme Fees (NC)", s."Interchange (NC)", ''), net.fit) as is_net_read,
    are_amounts(concat_ws(';', s."Gross Debit (GC)", s."Gross Credit (GC)", ''), gross.fit) as is_gross_read,
    signed_minor(s."Net Credit (NC)", s."Net Debit (NC)", net.fit) as net_minor,
    told_minor(s."Commission (NC)", net.fit) + told_minor(s."Markup (NC)", net.fit)
      + told_minor(s."Scheme Fees (NC)", net.fit) + told_minor(s."Interchange (NC)", net.fit) as fee_minor,
    signed_minor(s."Gross Credit (GC)", s."Gross Debit (GC)", gross.fit) as gross_told_minor,
    coalesce(micros_at(s."Creation Date", z.minutes), micros_in(s."Creation Date", a.zone)) as occurred_at,
    day_of(left(coalesce(s."Booking Date", s."Creation Date"), 10)) as effective_on
  from source as s
  cross join arrived as a
  left join word as w on w.code = s."Type"
  left join clock as z on z.name = s."TimeZone"
  left join unit as net on net.currency = s."Net Currency"
  left join unit as gross on gross.currency = s."Gross Currency"
)
select
  case when kind = 'payout' then 'batch ' || batch
    when payment_ref is not null then concat_ws('|', coalesce(modification, payment_ref), partner_kind, batch)
    else concat_ws('|', concat_ws(' ', modification, "Creation Date", net_minor), partner_kind, batch) end as identity,
  coalesce(kind, 'unknown') as kind, partner_kind,
  case when kind in ('dispute', 'dispute_reversal', 'dispute_fee') then modification end as partner_dispute_id,
  payment_ref, cycle, batch, net_minor + fee_minor as gross_minor, fee_minor, net_minor, "Net Currency" as currency,
  case when "Gross Currency" <> "Net Currency" and has_gross then gross_told_minor end as original_minor,
  case when "Gross Currency" <> "Net Currency" and has_gross then "Gross Currency" end as original_currency,
  occurred_at, effective_on,
  case when kind = 'payout' then scrub_text("Modification Reference") else scrub_identifier("Merchant Reference") end as reference,
  case
    when account <> 'default' and "Merchant Account" is distinct from account then not_our_account('Merchant Account', "Merchant Account", account)
    when "Type" is null then missing('Type')
    when is_external and not has_net then 'silent'
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
