-- One row is one headline figure on the partners' month.
-- Reads: partner_scorecards (one figure of one account in one month), scorecard_figures.
-- Holds: what is not measured, or has no contract, is counted as such and never as right.
with chosen as (
    select s.figure, s.state, s.failed, s.things, s.partner
    from partner_scorecards as s
    where s.month = $month and ($partner is null or s.partner = $partner) and ($account is null or s.account = $account)
), counted as (
    select 1 as place, 'Files late or missing' as figure,
        sum(failed) filter (where figure in ('file_late', 'file_missing')) as failed,
        sum(things) filter (where figure = 'file_missing') as things, 'files due' as counted_of from chosen
    union all
    select 2, 'Credits late', sum(failed) filter (where figure = 'credit_late'),
        sum(things) filter (where figure = 'credit_late'), 'credits due' from chosen
    union all
    select 3, 'Outcomes wrong', sum(failed) filter (where figure = 'outcome_wrong'),
        sum(things) filter (where figure = 'outcome_wrong'), 'disputes decided' from chosen
    union all
    select 4, 'Breaks open at the end', sum(failed) filter (where figure = 'break_open'),
        sum(things) filter (where figure = 'break_open'), 'found until then' from chosen
    union all
    select 5, 'Not measured', count(*) filter (where state in ('not_measured', 'no_contract')), count(*),
        'figures, for want of a contract or of data' from chosen
)
select figure, cast(failed as varchar) as value,
    case when things is null then 'no contract, or nobody measures it' else concat('of ', things, ' ', counted_of) end
        as says,
    case when failed is null or place = 5 then '' when failed > 0 then 'warn' else 'good' end as tone
from counted
order by place
