"""The wordings of questions about charts.

Slots: {m} the measure, {c} and {d} categories, {at} and {at_d} the same with their preposition
("in 2019"), {noun} and {plural} what the categories are, {s} and {t} series, {snoun} and {splural}
what they are, {v} a number, {Many} "How many visitors were there".
"""

VALUE = """
What is the {m} {at}?
What was the {m} {at}?
What is the {m} of {c}?
What value does {c} have?
What is the value for {c}?
What is the value {at}?
Which value does the chart give for {c}?
What value is shown for {c}?
How high is the {m} {at}?
How high was the {m} {at}?
What number stands at {c}?
What figure is given for {c}?
What is the figure for {c}?
{c}: what is the {m}?
{m} {at}
{c} {m}
{c}
Give the {m} {at}.
Read the value of {c} off the chart.
Tell me the value of {c}.
What does the chart say for {c}?
How much is it {at}?
What is the number for {c}?
What did the {m} amount to {at}?
Look up the {m} {at}.
"""

VALUE_COUNTED = """
{Many} {at}?
{Many} {at}?
What is the number of {m} {at}?
What number of {m} is shown for {c}?
"""

VALUE_SHARE = """
What is the share of {c}?
What percentage does {c} have?
How large is the share of {c}?
What percentage is {c}?
What proportion is {c}?
What share does {c} have?
{c} share
How many percent is {c}?
What percentage is shown for {c}?
What part of the total is {c}?
"""

VALUE_OF_SERIES = """
What is the {m} of {s} {at}?
What was the {m} of {s} {at}?
Which value has {s} {at}?
What is the value for {s} and {c}?
{s}, {c}: what is the {m}?
What value does {s} have {at}?
How high was {s} {at}?
What figure is given for {s} {at}?
For {c}, what value does {s} have?
What does the chart show for {s} {at}?
{m} {s} {c}
What is the {m} for {s} {at}?
Give the value of {s} for {c}.
What number belongs to {s} {at}?
"""

CATEGORY = """
Which {noun} has a value of {v}?
Which {noun} has the value {v}?
For which {noun} is the value {v}?
To which {noun} does {v} belong?
Which {noun} stands at {v}?
Which {noun} has a {m} of {v}?
What {noun} is shown with {v}?
What has the value {v}?
Which {noun} reached {v}?
"""

CATEGORY_OF_SERIES = """
Which {noun} has a value of {v} for {s}?
For which {noun} is {s} {v}?
Which {noun} has {v} in the series {s}?
"""

HIGHEST = """
Which {noun} has the highest {m}?
Which {noun} has the highest value?
Which {noun} had the highest {m}?
Which {noun} has the largest value?
Which {noun} comes first?
Which {noun} leads?
What is the {noun} with the highest {m}?
What is the largest {noun} in the chart?
Which {noun} has the most?
Which {noun} shows the maximum?
Which is the top {noun}?
Name the {noun} with the highest value.
"""

LOWEST = """
Which {noun} has the lowest {m}?
Which {noun} has the lowest value?
Which {noun} had the lowest {m}?
Which {noun} has the smallest value?
Which {noun} comes last?
What is the {noun} with the lowest {m}?
What is the smallest {noun} in the chart?
Which {noun} has the least?
Which {noun} shows the minimum?
Name the {noun} with the lowest value.
"""

HIGHEST_TIME = """
In which {noun} was the {m} highest?
In which {noun} was the value highest?
When was the {m} highest?
Which {noun} had the highest {m}?
When did the {m} peak?
Which {noun} had the highest value?
What {noun} had the most?
In which {noun} did the {m} reach its maximum?
"""

LOWEST_TIME = """
In which {noun} was the {m} lowest?
In which {noun} was the value lowest?
When was the {m} lowest?
Which {noun} had the lowest {m}?
Which {noun} had the lowest value?
What {noun} had the least?
In which {noun} did the {m} reach its minimum?
"""

HIGHEST_VALUE = """
What is the highest {m}?
What is the highest value in the chart?
What is the largest value?
What is the maximum {m}?
What is the peak value?
"""

LOWEST_VALUE = """
What is the lowest {m}?
What is the lowest value in the chart?
What is the smallest value?
What is the minimum {m}?
"""

HIGHEST_OF_SERIES = """
Which {noun} has the highest value for {s}?
Which {noun} has the highest {m} for {s}?
For which {noun} is {s} highest?
Where is {s} highest?
In which {noun} does {s} peak?
"""

LOWEST_OF_SERIES = """
Which {noun} has the lowest value for {s}?
Which {noun} has the lowest {m} for {s}?
For which {noun} is {s} lowest?
Where is {s} lowest?
"""

HIGHEST_SERIES = """
Which {snoun} has the highest {m} {at}?
Which {snoun} has the highest value {at}?
Which {snoun} leads {at}?
Which {snoun} comes first {at}?
Which {snoun} has the most {at}?
"""

LOWEST_SERIES = """
Which {snoun} has the lowest {m} {at}?
Which {snoun} has the lowest value {at}?
Which {snoun} comes last {at}?
Which {snoun} has the least {at}?
"""

LARGER = """
Which is larger, {c} or {d}?
Which is higher, {c} or {d}?
Which has the higher {m}, {c} or {d}?
Which has the larger value: {c} or {d}?
Which {noun} has the higher value, {c} or {d}?
Which of the two is larger, {c} or {d}?
What is bigger, {c} or {d}?
Is {c} or {d} the larger one?
{c} or {d}: which has more?
"""

SMALLER = """
Which is smaller, {c} or {d}?
Which is lower, {c} or {d}?
Which has the lower {m}, {c} or {d}?
Which has the smaller value: {c} or {d}?
Which {noun} has the lower value, {c} or {d}?
Which of the two is smaller, {c} or {d}?
Is {c} or {d} the smaller one?
{c} or {d}: which has less?
"""

LARGER_SERIES = """
Which is larger {at}, {s} or {t}?
Which has the higher value {at}, {s} or {t}?
{s} or {t}: which has more {at}?
Which {snoun} has the higher {m} {at}, {s} or {t}?
"""

SMALLER_SERIES = """
Which is smaller {at}, {s} or {t}?
Which has the lower value {at}, {s} or {t}?
{s} or {t}: which has less {at}?
"""

IS_LARGER = """
Is {c} larger than {d}?
Is the value of {c} higher than that of {d}?
Is the {m} {at} higher than {at_d}?
Does {c} have a higher {m} than {d}?
Does {c} have more than {d}?
Is {c} ahead of {d}?
Did {c} do better than {d}?
Is there more for {c} than for {d}?
Does {c} exceed {d}?
Was the {m} higher {at} than {at_d}?
"""

IS_SMALLER = """
Is {c} smaller than {d}?
Is the value of {c} lower than that of {d}?
Is the {m} {at} lower than {at_d}?
Does {c} have a lower {m} than {d}?
Does {c} have less than {d}?
Is {c} behind {d}?
Was the {m} lower {at} than {at_d}?
"""

IS_LARGER_SERIES = """
Is {s} higher than {t} {at}?
Does {s} have more than {t} {at}?
Is the {m} of {s} higher than that of {t} {at}?
"""

IS_SMALLER_SERIES = """
Is {s} lower than {t} {at}?
Does {s} have less than {t} {at}?
Is the {m} of {s} lower than that of {t} {at}?
"""

IS_ABOVE = """
Is the value of {c} above {v}?
Is the {m} {at} higher than {v}?
Is {c} higher than {v}?
Does {c} have more than {v}?
Is {c} over {v}?
"""

IS_BELOW = """
Is the value of {c} below {v}?
Is the {m} {at} lower than {v}?
Is {c} under {v}?
Does {c} have less than {v}?
"""

COUNT = """
How many {plural} are shown?
How many {plural} are shown in the chart?
How many {plural} are there?
How many {plural} does the chart show?
How many {plural} are compared?
How many {plural} are listed?
What is the number of {plural}?
What is the number of {plural} in the chart?
The number of {plural} shown
Count the {plural}.
Count of {plural}
"""

COUNT_SERIES = """
How many {splural} are in the legend?
How many entries does the legend have?
How many {splural} are compared?
How many different {splural} are shown?
What is the number of {splural} in the legend?
How many data series are shown?
Count the entries of the legend.
"""

COUNT_ABOVE = """
How many {plural} have a value above {v}?
How many {plural} are above {v}?
How many {plural} have more than {v}?
How many values are higher than {v}?
Count of {plural} above {v}
Count the {plural} above {v}.
"""

TITLE = """
What is the title of the chart?
What is the title?
What is the chart about?
What does the chart show?
What is the heading of the chart?
chart title
What is the name of the graph?
What is the title of the graph?
Read the title of the chart.
Which title does the diagram have?
"""

VALUE_AXIS = """
What is the title of the value axis?
What does the value axis show?
What is measured on the value axis?
What is the label of the value axis?
How is the value axis labelled?
"""

UPRIGHT_AXIS = """
What is the title of the y-axis?
What does the y-axis show?
What is shown on the y axis?
What is the label of the vertical axis?
y-axis label
What does the vertical axis represent?
"""

LEVEL_AXIS = """
What is the title of the x-axis?
What does the x-axis show?
What is shown on the x axis?
What is the label of the horizontal axis?
x-axis label
What does the horizontal axis represent?
"""

TOP_TICK = """
What is the highest value on the axis?
What is the highest number on the axis?
What is the largest tick on the axis?
Up to what value does the axis go?
"""

UNIT = """
In what unit are the values?
What is the unit of the values?
How are the numbers measured?
What note stands below the title?
"""

SOURCE = """
What is the source of the data?
Where do the data come from?
What is the source?
Which source is named?
Who provided the data?
data source
"""

OTHER_SERIES = """
What is compared with {s}?
Apart from {s}, what is in the legend?
Which {snoun} is shown besides {s}?
"""

IN_CHART = (
    'In the {what} "{title}": {q}',
    'In "{title}", {q}',
    '{q} ({what} "{title}")',
    '{q} ("{title}")',
)
"""How a question says which chart or table it means; a count has to open the question."""
