-- Makes: (field, word, vocabulary, records), one row per abbreviation of a zone that names no single offset.
-- Reads: source (a settlement details or a payments accounting report).
-- True of it: the times beside them are read in the account's zone, in which reports are made.
select 'TimeZone' as field, "TimeZone" as word, 'time_zone' as vocabulary, count(*) as records
from source
where "TimeZone" is not null and meaning('time_zone', "TimeZone") is null
group by "TimeZone"
order by "TimeZone"
