-- Windows over rows; QUALIFY.
-- Reads: t, the six rows of test_engine_parity.py. Each statement gives the same on both engines.

select id, row_number() over (partition by c order by n, id) as r from t order by id;
select id, row_number() over (order by n desc, id) as r from t order by id;
select id, rank() over (order by n) as r, dense_rank() over (order by n) as q, ntile(2) over (order by id) as h
from t order by id;
select id, lag(n) over (order by id) as r, lead(n, 2, cast(0 as bigint)) over (order by id) as q
from t order by id;
select id, lag(n ignore nulls) over (order by id) as r, last_value(n ignore nulls) over (order by id) as q
from t order by id;
select id, first_value(n) over (partition by c order by id) as r from t order by id;
select
  id,
  nth_value(n, 2) over (partition by c order by id rows between unbounded preceding and unbounded following) as r
from t order by id;
select
  id,
  cast(sum(cast(n as decimal(38,0))) over (order by id rows between unbounded preceding and current row) as bigint) as r
from t order by id;
select id, count(*) over (partition by c) as r, count(distinct c) over () as q from t order by id;
select id, count(*) over (order by n) as r from t order by id;
select id, count(*) over (order by n, id rows between 1 preceding and 1 following) as r from t order by id;
select id, max(d) over (partition by c order by id rows between 1 preceding and 1 following) as r
from t order by id;
select id, sum(case when f then 1 else 0 end) over (order by id) as r from t order by id;
select id, row_number() over w as r from t window w as (partition by c order by id) order by id;
select id from t qualify row_number() over (partition by c order by id) = 1 order by id;
select id, n from t qualify count(*) over (partition by c) > 1 order by id;
select a.id as l, b.id as r, row_number() over (partition by a.id order by abs(a.n - b.n), b.id) as k
from t a join t b on a.c = b.c and a.id <> b.id order by l, r;
