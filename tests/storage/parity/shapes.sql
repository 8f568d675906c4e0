-- Shapes of a statement: unions, values, ranges, lists of rows, structs.
-- Reads: t, the six rows of test_engine_parity.py. Each statement gives the same on both engines.

select id, n from t union all select 9 as id, cast(1 as bigint) as n order by id;
select c from t union select c from t order by c;
select c from t intersect select 'USD' as c order by c;
select c from t except select 'USD' as c order by c;
select x, y from (values (1, 'a'), (2, cast(null as varchar))) as v(x, y) order by x;
with
  a as (select id, n from t where f),
  b as (select id + 3 as id, n as q from a)
select id, a.n, b.q from a left join b using (id) order by id;
select i from range(3) r(i) order by i;
select i + j as k from range(2, 4) r(i), generate_series(1, 2) g(j) order by k, i;
select i from range(0) r(i);
select r.i, t.id from range(2) r(i) join t on t.id = r.i order by r.i;
select u from (select unnest([3, 1]) as u) order by u;
select id, u from t, unnest([1, 2]) as q(u) where id < 3 order by id, u;
select x.a, x.b from (select {'a': id, 'b': s} as x from t) order by x.a;
select c as "order", count(*) as "select" from t group by 1 order by 1;
