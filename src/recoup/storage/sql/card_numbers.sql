-- Macros that clean one text of card numbers, as recoup.domain.card_numbers does: the same rules, held together by a test.
-- scrub_text(x): each number as first six, stars, last four; for all text that is not an identifier.
-- scrub_identifier(x): each number as its token, so that joins survive; for identifiers.
-- has_card_number(x): whether there is one.
-- Reads nothing. A text without digits that could be a number costs one regular expression; the rest runs on hits only.
-- The engine puts the patterns of the domain and the home's token key in place of the words between @ signs.

create or replace temp macro card_digits(x) as translate(x, '@spaces@', '');

-- Luhn over twenty digits: every other one, from the left, counts by the sum of the digits of its double.
create or replace temp macro card_luhn(twenty) as
  list_sum(cast(list_concat(
    string_split(translate(array_to_string(string_split(twenty, '')[1:20:2], ''), '0123456789', '0246813579'), ''),
    string_split(twenty, '')[2:20:2]
  ) as tinyint[])) % 10 = 0;

create or replace temp macro card_shown(digits, is_token) as
  case
    when is_token then 'tok_' || left(sha256('@token_key@:' || digits || ':@token_key@'), 32)
    else left(digits, 6) || repeat('*', length(digits) - 10) || right(digits, 4)
  end;

create or replace temp macro card_is_gap(piece) as
  length(piece) <= 3 and translate(piece, '@spaces@', '') = '';

-- The groups of digits from which a number may go on: long enough alone, or with a gap behind.
create or replace temp macro card_starts(pieces) as
  list_filter(
    generate_series(1, len(pieces)),
    lambda place: translate(pieces[place], '0123456789', '') = ''
      and (length(pieces[place]) between 13 and 19 or card_is_gap(pieces[place + 1]))
  );

-- Whether some pieces, the first and the last of them groups of digits, are a card number.
create or replace temp macro card_fits(x) as
  case
    when length(card_digits(x)) not between 13 and 19 then false
    when contains(translate(x, '@spaces@', '--------'), '----') then false
    when not regexp_matches(card_digits(x), '@whole@') then false
    else card_luhn(lpad(card_digits(x), 20, '0'))
  end;

-- All sequences to be looked at, as 100 x first piece + number of further groups: from left to right, the longest first.
create or replace temp macro card_sequences(pieces) as
  list_filter(
    flatten(list_transform(
      list_transform(card_starts(pieces), lambda place: 100 * place),
      lambda place: [
        place + 18, place + 17, place + 16, place + 15, place + 14, place + 13, place + 12, place + 11, place + 10,
        place + 9, place + 8, place + 7, place + 6, place + 5, place + 4, place + 3, place + 2, place + 1, place
      ]
    )),
    lambda place: case
      when place // 100 + 2 * (place % 100) > len(pieces) then false
      else card_fits(array_to_string(pieces[place // 100:place // 100 + 2 * (place % 100)], ''))
    end
  );

-- What is done so far is carried from one number that counts to the next one, and to the end.
create or replace temp macro card_pieces(pieces, is_token) as
  list_reduce(
    list_concat(
      [{'done': '', 'first': cast(0 as bigint), 'last': cast(0 as bigint)}],
      list_transform(
        card_sequences(pieces),
        lambda place: {'done': '', 'first': place // 100, 'last': place // 100 + 2 * (place % 100)}
      ),
      [{'done': '', 'first': len(pieces) + 1, 'last': len(pieces)}]
    ),
    lambda so_far, found: case
      when found.first <= so_far.last then so_far
      else {
        'done': so_far.done || array_to_string(pieces[so_far.last + 1:found.first - 1], '')
          || case
            when found.last < found.first then ''
            else card_shown(card_digits(array_to_string(pieces[found.first:found.last], '')), is_token)
          end,
        'first': found.first,
        'last': found.last
      }
    end
  ).done;

-- The gate first: all that is needed for a text without a number. Then the usual hit, digits alone; then the others.
create or replace temp macro card_scrub(x, is_token) as
  case
    when not regexp_matches(x, '@within@') then x
    when regexp_matches(x, '^[0-9]+$') then case when card_luhn(lpad(x, 20, '0')) then card_shown(x, is_token) else x end
    else list_transform([regexp_extract_all(x, '@piece@')], lambda pieces: card_pieces(pieces, is_token))[1]
  end;

create or replace temp macro scrub_text(x) as card_scrub(x, false);

create or replace temp macro scrub_identifier(x) as card_scrub(x, true);

create or replace temp macro has_card_number(x) as coalesce(card_scrub(x, false) <> x, false);
