-- Makes: (field, word, vocabulary, records), one row per word that the mapping goes on without; each is a finding.
-- Reads: source.
-- True of it: a network that codes.csv does not have stays unknown, and the row is taken all the same.
select 'network' as field, network as word, 'network' as vocabulary, count(*) as records
from source
where network is not null and meaning('network', network) is null
group by network
order by network
