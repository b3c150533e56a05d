"""Titles, headings and short facts of infographics and reports, parted by `;`.

Lines in braces are filled in. The words are common ones.
"""

SHARE_GROUPS = """adults; children; teenagers; students; employees; customers; parents; teachers;
drivers; voters; farmers; nurses; managers; companies; households; small businesses; schools;
hospitals; tourists; patients; readers; developers; shoppers; commuters; homeowners; tenants;
women; men; young people; retirees; volunteers; freelancers; travelers; cyclists; pet owners;
cities; countries; startups; charities; museums"""

SHARE_ACTIONS = """work from home; drink coffee every day; use public transport; shop online;
  recycle
paper and glass; read the news daily; feel stressed at work; save money each month; exercise twice
a week; own a bicycle; prefer to pay by card; use social media; trust their doctor; plan to move;
speak two languages; cook at home; watch videos daily; support the new law; donate to charity;
have a second job; avoid plastic bags; skip breakfast; want more training; use a password manager;
sleep less than seven hours; travel by train; rent their home; buy organic food;
  back up their data;
eat meat less often; report higher costs; plan to hire; expect growth; have solar panels;
  use cloud
services; lost money to fraud; switched suppliers; are very satisfied; would recommend us; renewed
their contract; never smoked; wear a helmet; use mobile apps; print documents weekly; get enough
sleep; know their blood pressure; were vaccinated; take a lunch break"""

COUNTED = """visitors a year; employees worldwide; stores in operation; countries served; trees
planted; meals served daily; books in the library; new jobs created; miles of coastline;
  volunteers
trained; tonnes of waste recycled; patents granted; students graduated; customers served;
  liters of
water saved; homes connected; species protected; flights per day; letters delivered;
  downloads this
year; hours of training; scholarships awarded; patients treated; bridges inspected; cups of coffee
sold; bicycles rented; calls answered; parcels shipped; seats in the arena; members in total;
kilometers of new road; solar panels installed; research projects; partner schools; awards won;
votes counted; users online; emails sent per minute; steps per day; muscles in the body; rooms
renovated; events hosted; cars charged daily; eggs produced; songs streamed; blood donors
registered; teams competing; nests counted; samples tested; orders per hour"""

SPENT = """spent per household each year; raised for charity; invested in research; saved through
energy efficiency; paid in damages; average monthly rent; average ticket price; total budget for
culture; cost of a school lunch; lost to fraud every year; spent on advertising; average starting
salary; donated by members; invested in new equipment; price of a liter of milk; cost per patient;
tax revenue from tourism; value of exports; spent on coffee per person; fuel costs per truck; cost
of the new bridge; funding for startups; monthly phone bill; annual membership fee; paid to
suppliers; cost of data breaches"""

DURATIONS = """average commute | minutes; average hospital stay | days; time spent online | hours;
average delivery time | days; battery life | hours; average call length | minutes;
  time to the city
center | minutes; average wait for an appointment | days; average age of a car | years; growing
season | days; opening hours per week | hours; average marriage | years; boiling time | minutes;
length of the trail | km; height of the tower | m; depth of the lake | m; area of the park | ha;
average temperature | °C; top speed | km/h; average weight | kg"""

INFOGRAPHIC_TITLES = """{thing} at a Glance; {thing} in Numbers; The State of {thing};
  {thing}: Facts
and Figures; {thing} by the Numbers; What You Should Know About {thing}; {thing} Report {year};
Quick Facts: {thing}; Understanding {thing}; The Future of {thing}; {thing} Explained; A Year of
{thing}; {thing} Today; {thing} Trends {year}; {thing} Survey {year}; Inside {thing}"""

THINGS = """Remote Work; Public Transport; Coffee; Sleep; Recycling; Renewable Energy;
  Cyber Security;
Online Shopping; Healthy Eating; Higher Education; Electric Cars; Small Business; Tourism;
  Housing;
Mobile Phones; Social Media; Water; Air Travel; Cycling; Agriculture; Forests; Oceans;
  Volunteering;
School Meals; Blood Donation; Home Heating; Video Games; Reading; Football; Wine; Bees; Insurance;
Retirement; Startups; Museums; Railways; Food Waste; Plastic; Nursing; Libraries;
  Household Budgets;
Street Traffic; City Parks; Fair Trade; Pets; Marathon Running; Data Centers; Chocolate; Cinema"""

PANEL_HEADINGS = """Key Figures; Who Took Part; Top Five; The Ranking; How It Works;
  Did You Know?;
Highlights; At Work; At Home; On the Road; Where It Comes From; The Cost; What Changed; Our Goals;
Looking Ahead; Results; Main Reasons; Benefits; Risks; What You Can Do; Fast Facts; The Numbers;
Timeline; Milestones; Steps to Success; Before and After; Spending; Time; Health; Environment;
Next Steps; Regional Results; People; Progress; Impact; Savings; Growth; Challenges"""

MILESTONES = """Company founded; First store opened; New headquarters built; Online shop launched;
First million customers; Merger completed; New logo introduced; Factory modernized;
  Patent granted;
Laboratory opened; Listed on the stock exchange; First export to Asia; Award for innovation; App
released; Carbon neutral production; Second plant opened; Museum inaugurated; Bridge completed;
Railway line extended; Hospital renovated; Law adopted; First woman elected; Stadium rebuilt;
National park created; Airport expanded; University founded; Library digitized; Harbor deepened;
Solar farm connected; Tram reintroduced; Foundation established; Training center opened"""

STEPS = """Register online; Choose a plan; Upload your documents; Confirm your address;
  Pay the fee;
Wait for approval; Book an appointment; Bring your passport; Sign the form; Collect your card;
Wash your hands; Measure the ingredients; Heat the oven; Mix the dough; Let it rest; Bake until
golden; Check the tires; Fill the tank; Call the office; Compare prices; Set a budget; Read the
contract; Turn off the water; Open the valve; Insert the battery; Restart the device; Install the
app; Create a password; Invite your team; Share the results; Sort the waste; Rinse the bottles;
Plant the seeds; Water twice a week; Remove the weeds; Harvest in autumn; Drink enough water;
Stretch before running; Take regular breaks; Store it in a cool place"""

SECTION_HEADINGS = """Introduction; Background; Summary; Executive Summary; Methods;
  Methodology; Data;
Results; Discussion; Conclusion; Recommendations; Scope; Objectives; Market Overview; Financial
Review; Outlook; Risk Factors; Operations; Staff; Environment; Governance; Customer Service; Sales
Performance; Regional Development; Analysis of Costs; Quality Control; Safety;
  Research and Development;
Budget; Key Findings; Survey Design; Limitations; Next Steps; Training; Investments; Supply Chain;
Digital Services; Public Relations; Legal Matters; Acknowledgements; Definitions; Sample;
  Trends"""

REPORT_TITLES = """Annual Report {year}; Quarterly Report; {thing}: A Survey;
  Progress Report {year};
Status of {thing} in {place}; Report on {thing}; {thing} and the Economy; Market Study: {thing};
Statistical Bulletin {year}; {company} Business Review; Sustainability Report {year};
  Working Paper
on {thing}; Evaluation of the {place} Program; {thing} in {place}; Technical Report No. {number};
Feasibility Study: {thing}; Health Bulletin {year}; Regional Outlook {year};
  Annual Survey of {thing};
Monitoring Report {year}; Half-Year Results {year}; Key Trends in {thing}"""

SOURCES = """National Statistics Office; Annual Survey; Company Reports; Ministry of Health;
  Ministry
of Finance; World Data Institute; Regional Authority; Internal Records; Customer Survey; Central
Bank; Department of Education; Labor Office; Chamber of Commerce; Market Research Group; Census
Bureau; Transport Agency; Energy Council; Environment Agency; Tourism Board; Opinion Poll"""
