-- Texts, patterns and hashes.
-- Reads: t, the six rows of test_engine_parity.py. Each statement gives the same on both engines.

select
  id, s || '-' || c as a, concat(s, '-', c) as b, concat_ws('|', s, c) as g,
  concat_ws('|', s, cast(n as varchar)) as h
from t order by id;
select id, cast(d as varchar) as a, cast(f as varchar) as b, cast(n as varchar) as g, cast(m as varchar) as h
from t order by id;
select id, s = 'B' as a, s = 'B ' as b, s < 'b' as g, s > 'z' as h from t order by id;
select id, length(s) as a, upper(s) as b, lower(c) as g, trim(s) as h, ltrim(s) as i, rtrim(s) as j
from t order by id;
select
  trim('xxaxx', 'x') as a, ltrim('00120', '0') as b, rtrim('120', '0') as g, lpad('5', 3, '0') as h,
  lpad('12345', 3, '0') as i, rpad('5', 3, 'x') as j;
select
  substr('abcdef', 2, 3) as a, substring('abcdef' from 3) as b, substr('abcdef', -2) as g,
  substring('abc', 5) as h, substr('héé', 2, 1) as i, left('abc', 2) as j, right('abc', 2) as k;
select
  replace('a.b.c', '.', '') as a, reverse('abc') as b, repeat('ab', 3) as g, strpos('abc', 'c') as h,
  translate('abc', 'ab', 'xy') as i;
select
  position('b' in 'abc') as a, instr('abc', 'x') as b, split_part('a,b,c', ',', 2) as g,
  split_part('a', ',', 2) as h, levenshtein('abc', 'abd') as i;
select
  id, s like 'a%' as a, s ilike 'A%' as b, starts_with(s, 'a') as g, ends_with(s, 'a') as h,
  contains(s, 'a') as i, s not like '%b%' as j
from t order by id;
select 'a_b' like 'a\_b' escape '\' as a, 'axb' like 'a\_b' escape '\' as b;
select 'it''s' as a, 'back\slash' as b, '"q"' as g, '\n' as h, length('\') as i, chr(31) as j, ascii('A') as k;
select
  regexp_matches('ab12', '[0-9]+') as a, regexp_matches('ab', '^[0-9]+$') as b, regexp_matches('5', '\d') as g,
  regexp_matches('a\d', '\\d') as h;
select
  regexp_full_match('12', '[0-9]+') as a, regexp_full_match('12x', '[0-9]+') as b,
  regexp_full_match('1', '1|23') as g, regexp_full_match('13', '1|23') as h;
select
  regexp_extract('ref: AB-12', '([A-Z]+)-([0-9]+)', 2) as a, regexp_extract('AB-12', '[A-Z]+', 0) as b,
  regexp_extract('abc', '([0-9]+)', 1) as g;
select
  regexp_replace('a1b2', '[0-9]', '', 'g') as a, regexp_replace('ab', '(a)(b)', '\2\1', 'g') as b,
  regexp_replace('a b', '\s+', '', 'g') as g;
select
  id, md5(s) as a, sha256(s) as b, md5(cast(n as varchar)) as g,
  sha256(concat_ws('|', s, cast(d as varchar))) as h
from t order by id;
select 'a' in ('a', null) as a, 'b' in ('a', null) as b, nullif('', '') as g;
