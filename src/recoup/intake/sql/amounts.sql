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
  when 20 then regexp_full_match(told, '(-?[0-9]{1,15}([.]0{1,2})?;)*')
  when 32 then regexp_full_match(told, '(-?[0-9]{1,15}([.][0-9]{1,2}0?)?;)*')
end;

-- is_amount(told, fit): the same for one amount; NULL where nothing was told.
create or replace temp macro is_amount(told, fit) as
  case when told is not null then coalesce(are_amounts(told || ';', fit) and not contains(told, ';'), false) end;

-- minor(told, scale): an amount that fits, in minor units of ISO 4217; `scale` is how many of them a major unit has.
-- Up to ten characters it is multiplied within 64 bits, which is several times as fast, and cannot overflow there.
create or replace temp macro minor(told, scale) as case
  when length(told) <= 10 then cast(try_cast(told as decimal(18, 4)) * scale as bigint)
  else try_cast(try_cast(told as decimal(22, 4)) * scale as bigint)
end;

-- told_minor(told, scale): the same, and 0 where nothing was told; NULL only for what cannot be read.
create or replace temp macro told_minor(told, scale) as case when told is null then 0 else minor(told, scale) end;
