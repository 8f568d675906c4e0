-- Macros: what is wrong with a row, as the text `code|found|wanted` of the column `problem`.
-- True of them: what a partner wrote is cut to 80 characters and cleaned of card numbers before it becomes a message.

create or replace temp macro shown(told) as
  '"' || replace(replace(left(scrub_text(told), 80), '"', ''''), '|', '/') || '"';

create or replace temp macro problem(code, field, told, wanted) as
  code || '|' || field || ' ' || coalesce(shown(told), 'nothing') || '|' || wanted;

create or replace temp macro missing(field) as 'table.missing|' || field || ' nothing|a value in every record';

create or replace temp macro not_our_account(field, told, ours) as
  problem('table.account', field, told, 'the account ' || ours);

create or replace temp macro not_currency(field, told) as
  problem('table.currency', field, told, 'a currency of ISO 4217 that has minor units');

create or replace temp macro not_amount(field, told, fit) as problem(
  'table.amount', field, told,
  'an amount in digits, with a point and at most ' || cast((fit - fit % 10) // 10 as varchar) || ' decimals'
);

-- first_not_amount(fields, fit): of a list of {field, told} the first that does not fit.
create or replace temp macro first_not_amount(fields, fit) as not_amount(
  list_filter(fields, lambda x: not coalesce(is_amount(x.told, fit), true))[1].field,
  list_filter(fields, lambda x: not coalesce(is_amount(x.told, fit), true))[1].told,
  fit
);

create or replace temp macro not_instant(field, told) as
  problem('table.instant', field, told, 'a date and time that exists, as 2026-01-31 23:30:00');

create or replace temp macro not_day(field, told) as problem('table.day', field, told, 'a day that exists, as 2026-01-31');

create or replace temp macro not_word(field, told, words) as problem('table.word', field, told, words);

create or replace temp macro not_net(field, net_minor, fields, gross_minor, fee_minor) as
  'table.net|' || field || ' ' || cast(net_minor as varchar) || ', ' || fields || ' ' || cast(gross_minor as varchar)
  || ' and ' || cast(fee_minor as varchar) || '|gross less fees is net (in minor units)';
