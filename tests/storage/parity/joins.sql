-- Joins, and what asks whether there is another row.
-- Reads: t, the six rows of test_engine_parity.py. Each statement gives the same on both engines.

select a.id as l, b.id as r from t a join t b on a.s is not distinct from b.s and a.id < b.id order by l, r;
select a.id as l, b.id as r from t a join t b on a.n = -b.n order by l, r;
select a.id as l, b.id as r from t a left join t b on a.id = b.id and b.f order by l;
select a.id as l, b.id as r from t a right join t b on a.id = b.id and b.f order by r, l;
select a.id as l, b.id as r
from t a full outer join (select id + 3 as id, n from t) b on a.id = b.id
order by coalesce(a.id, b.id);
select coalesce(a.id, b.id) as x, a.n, b.n as q
from t a full join (select id + 3 as id, n from t) b on a.id = b.id and a.n is not distinct from b.n
order by x, a.n, q;
select id, n from t a full join (select id + 3 as id from t) b using (id) order by id;
select id, a.n, b.n as q from t a join t b using (id) order by id;
select a.id as l, b.id as r from t a cross join t b where a.id < 2 and b.id < 3 order by l, r;
select count(*) as k from t a join t b on a.n between b.n - 3 and b.n + 3;
select a.id as l, b.id as r
from t a join t b on a.c = b.c and abs(date_diff('day', a.d, b.d)) <= 31 and a.id <> b.id
order by l, r;
select id from t a anti join (select id from t where f) b using (id) order by id;
select id from t a semi join (select id from t where f) b using (id) order by id;
select id from t where id in (select id from t where f) order by id;
select id from t where id not in (select id from t where f) order by id;
select id from t where s not in (select s from t) order by id;
select id from t a where not exists (select 1 as k from t b where b.id = a.id + 1) order by id;
select id, exists (select 1 as k from t b where b.c = a.c and b.id > a.id) as more from t a order by id;
select id, (select max(id) from t b where b.c = a.c) as most from t a order by id;
select id from t where n is distinct from 10 order by id;
