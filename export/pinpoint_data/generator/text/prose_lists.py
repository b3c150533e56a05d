"""Sentences of made-up reports: neutral ones, and ones that tell a fact with questions about it.

A fact reads `sentence | question => slot | question => slot`; slots in braces are filled by
`prose.fill`. A line that begins with blanks goes on with the one before.
"""

NEUTRAL = """
The figures are based on the records of the participating offices.
All amounts were rounded, so totals may differ from the sum of their parts.
The trend of the previous periods continued without major changes.
A detailed description of the method is given in the appendix.
Further analysis is needed before firm conclusions can be drawn.
The differences between the groups were small but consistent.
Several offices reported that staff and equipment were in short supply.
The results were discussed with the responsible departments.
Data for some areas were not available when this report was written.
The committee will return to this question at its next meeting.
Local conditions explain most of the variation.
This development was mainly driven by demand from abroad.
Respondents could choose more than one answer.
The new procedure has been accepted well by customers and staff.
Seasonal effects have been removed from the series.
Estimates for the coming period remain uncertain.
Prices were converted at the average exchange rate of the period.
No significant change was observed in the remaining categories.
The program is open to all members and will be extended.
Improvements in data collection make comparisons with earlier reports difficult.
The main risks are unchanged and are reviewed regularly.
Participation was voluntary and answers were treated confidentially.
Both indicators moved in the same direction for most of the period.
Public interest in the subject has grown considerably.
The effect was strongest in small and medium-sized units.
Measures to reduce costs will be continued.
Experts expect that the market will recover slowly.
The guidelines were revised to reflect the new legislation.
Regional offices are responsible for carrying out the plan.
Feedback from users was collected through interviews and a form.
Older figures were corrected where errors had been found.
The following section describes the most important results.
As shown above, the distribution is far from even.
A comparison with other sources confirms this picture.
Technical problems delayed the start of the project.
The working group met regularly and prepared the recommendations.
Training was offered to everyone who asked for it.
Supply chains have become more stable again.
Weather had a noticeable influence on the outcome.
The survey will be repeated under the same conditions.
"""

FACTS = """
In {year}, {place} recorded {n} {counted}. | How many {counted} did {place} record in {year}? => n
  | In which year did {place} record {n} {counted}? => year | Where were {n} {counted} recorded?
  => place
{pct} of {group} {action}, compared with {pct2} in {year}. | What percentage of {group} {action}?
  => pct | What was the percentage of {group} in {year}? => pct2 | In which year was the share
  {pct2}? => year
The {dept} department has been led by {person} since {year}. | Who leads the {dept} department?
  => person | Since when has {person} led the {dept} department? => year | Which department does
  {person} lead? => dept
The survey was carried out between {month} and {month2} {year}. | When did the survey begin?
  => month | In which month did the survey end? => month2 | In which year was the survey carried
  out? => year
A total of {n} questionnaires were sent out and {n2} were returned. | How many questionnaires were
  sent out? => n | How many questionnaires were returned? => n2
Total costs rose by {pct} to {money}. | By how much did total costs rise? => pct | What did total
  costs rise to? => money | How high were the total costs? => money
The budget was cut from {money} to {money2}. | What was the budget before the cut? => money | To
  what amount was the budget cut? => money2
The agreement with {company} was signed on {date}. | When was the agreement with {company} signed?
  => date | With whom was the agreement signed? => company
{company} was founded in {year} and has its head office in {place}. | When was {company} founded?
  => year | Where is the head office of {company}? => place | Which company was founded in {year}?
  => company
The project is funded by {company} with {money}. | Who funds the project? => company | How much
  money does the project receive? => money
Sales in {place} grew from {n2} to {n} units, an increase of {pct}. | By how much did sales in
  {place} increase? => pct | How many units were sold in {place} at first? => n2 | To how many units
  did sales in {place} grow? => n
The next report will be published in {month} {year}. | In which month will the next report be
  published? => month | When will the next report be published? => month+year
The average age of the participants was {age} years. | What was the average age of the participants?
  => age | How old were the participants on average? => age
The response rate was {pct}. | What was the response rate? => pct | How high was the response rate?
  => pct
Questions about this report should be sent to {person}. | To whom should questions about this
  report be sent? => person | Who answers questions about this report? => person
The largest contribution, {money}, came from {place}. | Where did the largest contribution come
  from? => place | How large was the largest contribution? => money
The new building in {place} was opened on {date} by {person}. | Who opened the new building?
  => person | When was the new building opened? => date | Where was the new building opened?
  => place
Of the {n} applications received, {n2} were approved. | How many applications were received? => n
  | How many applications were approved? => n2
The contract runs until {date} and can be extended. | Until when does the contract run? => date
  | When does the contract end? => date
{person} was elected chair of the board in {month} {year}. | Who was elected chair of the board?
  => person | In which year was {person} elected? => year
Energy use fell by {pct} between {year} and {year2}. | By how much did energy use fall? => pct
  | Between {year} and which year did energy use fall? => year2
The fee for members is {money}, for guests {money2}. | What is the fee for members? => money | How
  much do guests pay? => money2 | What is the fee for guests? => money2
Deliveries take {age} days on average. | How many days do deliveries take on average? => age | How
  long do deliveries take on average? => age
The sample consisted of {n} {group} from {place}. | How large was the sample? => n | Where did the
  sample come from? => place | Who was in the sample? => group
Our warehouse in {place} holds {n} pallets. | How many pallets does the warehouse hold? => n
  | Where is the warehouse? => place
The unemployment rate in {place} stood at {pct}. | What was the unemployment rate in {place}? => pct
  | Where did the unemployment rate stand at {pct}? => place
Net income per share was {money}. | What was the net income per share? => money | How high was the
  net income per share? => money
The reading rooms are open until {hour}. | Until when are the reading rooms open? => hour
The meeting on {date} began at {hour}. | At what time did the meeting begin? => hour | On which
  date was the meeting? => date
The prize of {money} went to {person}. | Who won the prize? => person | How much was the prize?
  => money
Only {pct} of {group} know about the program. | What percentage of {group} know about the program?
  => pct | Who was asked about the program? => group
The {dept} team gained {n} members in {year}. | How many members did the {dept} team gain? => n
  | Which team gained {n} members? => dept
Road works near {place} will last until {month}. | Until which month will the road works last?
  => month | Where are the road works? => place
The price per unit was lowered from {money} to {money2}. | What was the price per unit lowered to?
  => money2 | What was the old price per unit? => money
"""

CAPTIONS = """Overview of the results by group; Development over the period; Results of the survey;
Comparison with the previous period; Selected indicators; Main results at a glance; Distribution of
the answers; Breakdown by type; Figures for the reporting period; Regional comparison; Own
calculations based on the survey; Values as reported by the offices; Results before and after the
change; Summary of the measurements; Shares of the main groups; Preliminary figures; Estimated
values for the whole area; Key data of the sample; Changes since the last report; Annual averages;
Results for all participants; Structure of the market; Costs and benefits; Number of cases"""

FOOTNOTES = """Excluding temporary staff.; Preliminary figures.; Revised since the last report.;
Including taxes and fees.; Data from the national register.; Not adjusted for inflation.; Figures
refer to the end of the year.; See the appendix for definitions.; Estimated by the authors.; Only
full-time positions were counted.; Rounded to the nearest unit.; Without overseas territories.;
Average of three measurements.; Based on a sample of offices.; Multiple answers were possible."""

BY_LINES = """{w}; {w}; by {w}; By {w}; Author: {w}; Compiled by {w}; Words by {w}; Edited by {w}"""
