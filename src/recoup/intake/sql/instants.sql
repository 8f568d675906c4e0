-- Macros: days and instants as text, each checked by pattern and calendar; one that is neither gives NULL.
-- Instants are microseconds since 1970-01-01 UTC; days stay the text they were, once they are days.

-- wall_clock(told): a date and time without a zone, '2026-01-31 23:30:00', as a timestamp.
create or replace temp macro wall_clock(told) as
  case when length(told) = 19 then try_strptime(told, '%Y-%m-%d %H:%M:%S') end;

-- micros_at(told, offset_minutes): a wall clock that is so many minutes ahead of UTC.
create or replace temp macro micros_at(told, offset_minutes) as epoch_us(wall_clock(told)) - cast(offset_minutes as bigint) * 60000000;

-- micros_in(told, zone): a wall clock in an IANA zone.
create or replace temp macro micros_in(told, zone) as epoch_us(timezone(zone, wall_clock(told)));

-- micros_of(told): an instant that carries its offset, '2026-01-31T23:30:00Z'.
create or replace temp macro micros_of(told) as case
  when regexp_full_match(told, '[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,6})?(Z|[+-][0-9]{2}(:?[0-9]{2})?)')
  then epoch_us(try_cast(told as timestamptz))
end;

-- day_of(told): an ISO day.
create or replace temp macro day_of(told) as case
  when regexp_full_match(told, '[0-9]{4}-[0-9]{2}-[0-9]{2}') and try_cast(told as date) is not null then told
end;

-- day_in(micros, zone): the ISO day that an instant falls on in an IANA zone.
create or replace temp macro day_in(micros, zone) as strftime(timezone(zone, make_timestamptz(micros)), '%Y-%m-%d');
