-- Makes: (name, stated, computed, currency): that a file without amounts is whole, by the number of its records.
-- Reads: source, mapped.
-- True of it: refused records count too.
select 'total rows' as name, cast(1 as bigint) as stated, count(*) as computed, cast(null as varchar) as currency
from source where record = 'total'
union all
select 'lines', coalesce((select max(try_cast(lines as bigint)) from source where record = 'total'), 0), count(*), cast(null as varchar)
from mapped where problem is distinct from 'total'
