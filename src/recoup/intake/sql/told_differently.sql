-- Makes: one row per further telling that says something else than the first: where, what it says, what the first said.
-- Reads: line, told_twice.
select
  again.position, again.kind, again.net_minor, again.currency, again.batch,
  first.position, first.kind, first.net_minor, first.currency, first.batch
from told_twice as twice join line as again on again.row = twice.row join line as first on first.row = twice.first_row
where (again.kind, again.partner_kind, again.payment_ref, again.batch, again.gross_minor, again.fee_minor, again.net_minor)
  is distinct from
  (first.kind, first.partner_kind, first.payment_ref, first.batch, first.gross_minor, first.fee_minor, first.net_minor)
  or (again.currency, again.original_minor, again.original_currency, again.occurred_at, again.effective_on, again.reference)
  is distinct from
  (first.currency, first.original_minor, first.original_currency, first.occurred_at, first.effective_on, first.reference)
order by again.row
limit $most
