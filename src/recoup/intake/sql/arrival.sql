-- Macros: what is known of the delivery that is read, of currencies, and of the partner's words on that day.
-- They look up variables of the connection instead of joining tables: a join does not keep the order of the records.
-- Variables: arrived {account, zone, sequence}; fits {currency: fit}; words {vocabulary: {code: meaning}}.
-- True of them: what is not known gives NULL.

create or replace temp macro our_account() as getvariable('arrived').account;

create or replace temp macro our_zone() as getvariable('arrived').zone;

-- our_sequence(): the number in the file's name.
create or replace temp macro our_sequence() as getvariable('arrived').sequence;

-- fit_of(currency): what amounts.sql says of it.
create or replace temp macro fit_of(currency) as getvariable('fits')[currency];

-- scale_of(currency): how many minor units of ISO 4217 a major one has.
create or replace temp macro scale_of(currency) as
  cast([1, 10, 100, 1000, 10000][fit_of(currency) % 10 + 1] as decimal(5, 0));

-- meaning(vocabulary, word): what a word of the partner means to us, in its codes.csv.
create or replace temp macro meaning(vocabulary, word) as getvariable('words')[vocabulary][word];
