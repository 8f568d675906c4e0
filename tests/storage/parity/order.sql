-- Orderings: NULL comes last unless told, texts compare byte by byte.
-- Reads: t, the six rows of test_engine_parity.py. Each statement gives the same on both engines.

select id from t order by n, id;
select id from t order by n desc, id;
select id from t order by n nulls first, id;
select id from t order by f desc nulls first, id;
select id from t order by s, id;
select id from t order by s desc, id;
select id from t order by d desc, id limit 3 offset 1;
select distinct c, f from t order by c, f;
select distinct on (c) c, id from t order by c, id;
