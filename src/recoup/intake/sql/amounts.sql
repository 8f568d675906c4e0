-- Macros: amounts as text in major units, checked by pattern before any cast, because a cast reads 1_000 and 1e3 and rounds.
-- `fit` is ten times the decimals that an amount may be written with, plus the digits of ISO 4217 (table unit): 22 for
-- euros, 0 for yen, 33 for dinars, 20 where a partner writes two decimals of a currency that has none.
-- True of them: an amount that does not fit gives false or NULL, never a rounded number. The rule is domain/money.py's.

-- are_amounts(told, fit): whether each of several amounts, each closed by a semicolon, fits.
create or replace temp macro are_amounts(told, fit) as case fit
  when 22 then regexp_full_match(told, '(-?[0-9]{1,15}([.][0-9]{1,2})?;)*')
  when 0 then regexp_full_match(told, '(-?[0-9]{1,15};)*')
  when 33 then regexp_full_match(told, '(-?[0-9]{1,15}([.][0-9]{1,3})?;)*')
  when 44 then regexp_full_match(told, '(-?[0-9]{1,15}([.][0-9]{1,4})?;)*')
  when 11 then regexp_full_match(told, '(-?[0-9]{1,15}([.][0-9])?;)*')
  when 10 then regexp_full_match(told, '(-?[0-9]{1,15}([.]0)?;)*')
  when 20 then regexp_full_match(told, '(-?[0-9]{1,15}([.]0{1,2})?;)*')
  when 30 then regexp_full_match(told, '(-?[0-9]{1,15}([.]0{1,3})?;)*')
  when 40 then regexp_full_match(told, '(-?[0-9]{1,15}([.]0{1,4})?;)*')
  when 21 then regexp_full_match(told, '(-?[0-9]{1,15}([.][0-9]0?)?;)*')
  when 32 then regexp_full_match(told, '(-?[0-9]{1,15}([.][0-9]{1,2}0?)?;)*')
  when 43 then regexp_full_match(told, '(-?[0-9]{1,15}([.][0-9]{1,3}0?)?;)*')
  when 31 then regexp_full_match(told, '(-?[0-9]{1,15}([.][0-9]0{0,2})?;)*')
  when 42 then regexp_full_match(told, '(-?[0-9]{1,15}([.][0-9]{1,2}0{0,2})?;)*')
  when 41 then regexp_full_match(told, '(-?[0-9]{1,15}([.][0-9]0{0,3})?;)*')
end;

-- is_amount(told, fit): the same for one amount; NULL where nothing was told.
create or replace temp macro is_amount(told, fit) as
  case when told is not null then coalesce(are_amounts(told || ';', fit) and not contains(told, ';'), false) end;

-- minor(told, fit): an amount that fits, in minor units of ISO 4217. Eighteen digits are read ten times as fast as more.
create or replace temp macro minor(told, fit) as case fit % 10
  when 2 then coalesce(cast(try_cast(told as decimal(18, 4)) * 100 as bigint), cast(try_cast(told as decimal(22, 4)) * 100 as bigint))
  when 0 then coalesce(cast(try_cast(told as decimal(18, 4)) as bigint), cast(try_cast(told as decimal(22, 4)) as bigint))
  when 3 then coalesce(cast(try_cast(told as decimal(18, 4)) * 1000 as bigint), cast(try_cast(told as decimal(22, 4)) * 1000 as bigint))
  when 4 then coalesce(try_cast(try_cast(told as decimal(18, 4)) * 10000 as bigint), try_cast(try_cast(told as decimal(22, 4)) * 10000 as bigint))
  when 1 then coalesce(cast(try_cast(told as decimal(18, 4)) * 10 as bigint), cast(try_cast(told as decimal(22, 4)) * 10 as bigint))
end;

-- told_minor(told, fit): the same, and 0 where nothing was told; NULL only for what cannot be read.
create or replace temp macro told_minor(told, fit) as case when told is null then 0 else minor(told, fit) end;

-- signed_minor(credit, debit, fit): what a pair of columns comes to; NULL where one of them cannot be read.
create or replace temp macro signed_minor(credit, debit, fit) as told_minor(credit, fit) - told_minor(debit, fit);
