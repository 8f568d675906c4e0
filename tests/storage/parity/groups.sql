-- Aggregates over groups.
-- Reads: t, the six rows of test_engine_parity.py. Each statement gives the same on both engines.

select c, count(*) as k, count(s) as l, count(distinct s) as q from t group by c order by c;
select c, min(n) as a, max(n) as b, min(s) as g, max(s) as h, min(d) as i, max(d) as j, min(m) as o
from t group by c order by c;
select c, bool_and(f) as a, bool_or(f) as b from t group by c order by c;
select c, arg_max(s, id) as a, arg_min(s, id) as b, arg_max(n, id) as g, arg_max(id, n) as h
from t group by c order by c;
select c, max_by(s, id) filter (where s is not null) as a from t group by c order by c;
select c, string_agg(s, ',' order by id) as a from t group by c order by c;
select c, string_agg(distinct s, ',' order by s) as a from t group by c order by c;
select c, string_agg(cast(id as varchar), ',' order by n desc, id) as a from t group by c order by c;
select c, string_agg(s, ',' order by id) filter (where f) as a from t group by c order by c;
select c, count(*) filter (where f) as a, cast(sum(cast(n as decimal(38,0))) filter (where f) as bigint) as b
from t group by c order by c;
select c, count(distinct s) filter (where f) as a, min(id) filter (where n = 10) as b from t group by c order by c;
select c, cast(coalesce(sum(cast(n as decimal(38,0))), 0) as bigint) as a from t group by c order by c;
select c, sum(cast(n as decimal(38,0))) as a from t group by c having sum(cast(n as decimal(38,0))) > 5 order by c;
select c, f, count(*) as k from t group by grouping sets ((c, f), (c), ()) order by c, f, k;
select c, count(*) as k from t group by rollup(c) order by c, k;
select c, count_if(f) as a, sum(case when f then 1 else 0 end) as b from t group by c order by c;
select cast(sum(cast(n as decimal(38,0))) as bigint) as a, count(*) as k from t where false;
select c, k, count(*) as l from (select c, id % 2 as k from t) group by c, k order by c, k;
