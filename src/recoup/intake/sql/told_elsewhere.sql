-- Makes: told_elsewhere, one row per movement of one large delivery that another delivery tells too: the first claim on it.
-- Reads: mine (identity and claim of each line of the delivery), elsewhere (the same of all others that tell its days).
-- True of it: only movements of the delivery are in it; nearly no delivery shares any.
create or replace temp table told_elsewhere as
select identity, min(claim) as claim
from elsewhere
where identity in (select identity from mine)
group by identity
