-- Days.
-- Reads: t, the six rows of test_engine_parity.py. Each statement gives the same on both engines.

select id, d + 3 as a, d - 2 as b, d + cast(n as integer) as g, date_add(d, 3) as h from t order by id;
select id, date_diff('day', d, date '2026-03-01') as a, date '2026-03-01' - d as b from t order by id;
select
  id, extract(year from d) as a, extract(month from d) as b, extract(day from d) as g,
  extract(isodow from d) as h, extract(doy from d) as i
from t order by id;
select
  id, year(d) as a, month(d) as b, day(d) as g, last_day(d) as h, cast(date_trunc('month', d) as date) as i,
  strftime(d, '%Y-%m') as j
from t order by id;
select
  make_date(2026, 2, 28) as a, cast('2026-01-31' as date) as b, try_cast('2026-02-30' as date) as g,
  try_cast('x' as date) as h;
select
  id, d = '2026-01-30' as a, d between date '2026-01-01' and date '2026-03-01' as b,
  greatest(d, date '2026-02-01') as g
from t order by id;
select date '1970-01-01' + cast(1769902200000000 // 86400000000 as integer) as a;
select make_timestamp(1769902200000000) as a, cast(make_timestamp(1769902200000000) as date) as b;
select cast('2026-01-31 23:30:00' as timestamp) as a, cast(cast('2026-01-31 23:30:00' as timestamp) as date) as b;
