-- Makes: accepted, the lines of one large delivery that no other delivery of its feed owns.
-- Reads: line (all lines of the delivery), mine (their identities and claims), told_elsewhere.
-- True of it: of all deliveries that tell a movement exactly one has it here.
create or replace temp view accepted as
select line.*
from line
where line.identity not in (
  select mine.identity
  from mine join told_elsewhere on told_elsewhere.identity = mine.identity
  where told_elsewhere.claim < mine.claim
)
