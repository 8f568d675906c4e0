-- Whole numbers, decimals, truth values.
-- Reads: t, the six rows of test_engine_parity.py. Each statement gives the same on both engines.

select id, n // 2 as a, n % 3 as b, -n % 3 as g, n // nullif(n, 0) as h from t order by id;
select id, abs(n) as a, -n as b, greatest(n, 3) as g, least(n, 3) as h, sign(n) as i from t order by id;
select id, n & 1 as a, n | 1 as b, id << 3 as g, xor(id, 3) as h from t order by id;
select id, cast(n as decimal(38,0)) * 3 as a, cast(n as decimal(38,0)) + 1 as b, -m as g, abs(m) as h, m - 1 as i
from t order by id;
select id, cast(n as decimal(38,0)) * cast(n as decimal(38,0)) as a, m % 3 as b, m > n as g from t order by id;
select id, cast(cast(n as decimal(38,0)) * 250 as bigint) // 10000 as a from t order by id;
select id, cast(n as decimal(18,6)) * cast('1.105000' as decimal(18,6)) as a from t order by id;
select id, cast(round(cast(n as decimal(20,0)) * cast('1.1055' as decimal(18,6)), 0) as bigint) as a
from t order by id;
select
  round(cast('2.5' as decimal(18,1)), 0) as a, round(cast('-2.5' as decimal(18,1)), 0) as b,
  round(cast('-2.4' as decimal(18,1)), 0) as g;
select cast('99999999999999999999999999999999999999' as decimal(38,0)) as a, 9223372036854775807 as b;
select
  try_cast('12' as bigint) as a, try_cast('' as bigint) as b, try_cast('abc' as bigint) as g,
  try_cast('9223372036854775808' as bigint) as h, try_cast('x' as decimal(38,0)) as i;
select
  id, cast(f as integer) as a, cast(f as bigint) as b, f is true as g, f is not true as h, not f as i,
  f and null as j, f or null as k
from t order by id;
select
  id, case when n > 5 then 'big' when n is null then 'none' else 'small' end as a,
  case c when 'USD' then 1 else 2 end as b, coalesce(s, '-') as g, ifnull(s, 'q') as h, if(f, 1, 2) as i
from t order by id;
