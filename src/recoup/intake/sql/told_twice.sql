-- Makes: told_twice, one row per second or further telling of a movement that is booked in total, with the row that was first.
-- Reads: line (the lines of one large file, with `row` as they stand).
-- True of it: only movements that stand more than once are sorted; nearly no file has any.
create temp table told_twice as
with doubled as (
  select identity, min(row) as first_row
  from line
  where not list_contains($kinds, kind) and partner_dispute_id is null
  group by identity
  having count(*) > 1
)
select line.row, doubled.first_row
from line join doubled on doubled.identity = line.identity and line.row <> doubled.first_row
where not list_contains($kinds, line.kind) and line.partner_dispute_id is null
