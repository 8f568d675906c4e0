-- Macros: what is wrong with a row, as the text `code|found|wanted` of the column `problem`.
-- True of them: what a partner wrote is quoted here, and cleaned of card numbers before the text leaves the engine.

create or replace temp macro shown(told) as
  ('"' || replace(replace(left(told, 200), '"', ''''), '|', '/') || '"');

create or replace temp macro problem(code, field, told, wanted) as
  code || '|' || field || ' ' || coalesce(shown(told), 'nothing') || '|' || wanted;

create or replace temp macro missing(field) as concat('table.missing|', field, ' nothing|a value in every record');

-- is_foreign(told): whether a record names another account than the delivery's; one of no known account takes them all.
create or replace temp macro is_foreign(told) as our_account() <> 'default' and told is distinct from our_account();

create or replace temp macro not_our_account(field, told) as
  problem('table.wrong_account', field, told, concat('the account ', our_account()));

create or replace temp macro not_currency(field, told) as
  problem('table.currency', field, told, 'a currency of ISO 4217 that has minor units');

create or replace temp macro not_amount(field, told, fit) as problem(
  'table.amount', field, told,
  concat('an amount in digits, with a point and at most ', cast(fit // 10 as varchar), ' decimals')
);

-- first_not_amount(fields, fit): of a list of {field, told} the first that does not fit, as a problem.
create or replace temp macro first_not_amount(fields, fit) as list_filter(
  list_transform(fields, lambda x: case when not is_amount(x.told, fit) then not_amount(x.field, x.told, fit) end),
  lambda y: y is not null
)[1];

create or replace temp macro not_instant(field, told) as
  problem('table.instant', field, told, 'a date and time that exists, as 2026-01-31 23:30:00');

create or replace temp macro not_day(field, told) as problem('table.day', field, told, 'a day that exists, as 2026-01-31');

create or replace temp macro not_word(field, told, words) as problem('table.word', field, told, words);

-- A sum so long is shown by its length: what stands in an amount may be a card number all the same.
create or replace temp macro shown_minor(minor_units) as
  case when abs(minor_units) < 1000000000000 then cast(minor_units as varchar) else 'a number of 13 digits or more' end;

create or replace temp macro not_net(field, net_minor, fields, gross_minor, fee_minor) as concat(
  'table.net|', field, ' ', shown_minor(net_minor), ', ', fields, ' ', shown_minor(gross_minor), ' and ', shown_minor(fee_minor),
  '|gross less fees is net (in minor units)'
);
