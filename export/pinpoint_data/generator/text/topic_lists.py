"""What synthetic charts, infographics and reports tell of: measures, categories, surveys.

Measures: a domain on a line of its own, then `name | unit | low-high | decimals`, where the name of
what can be counted ends with `*`. Dimensions: `domains | noun | plural | preposition | names`.
Surveys: `question | options`. A line that begins with blanks goes on with the one before. The words
are common ones, the numbers are made up.
"""

MEASURES = """
[business]
Revenue | $ million | 2-950 | 0
Revenue | $ billion | 1-90 | 1
Net Sales | $ thousand | 40-990 | 0
Net Income | $ million | 1-120 | 1
Operating Profit | € million | 2-300 | 1
Operating Costs | £ million | 3-400 | 0
Gross Margin | % | 12-78 | 0
Profit Margin | % | 2-38 | 1
Market Share | % | 2-60 | 0
Market Share | % | 2-60 | 1
Units Sold* | | 120-9800 | 0
Units Shipped* | thousand | 5-980 | 0
Orders Received* | | 150-7600 | 0
New Customers* | | 40-5200 | 0
Active Accounts* | thousand | 3-640 | 0
Customer Complaints* | | 5-480 | 0
Returned Items* | | 10-900 | 0
Stores Opened* | | 2-95 | 0
Average Order Value | $ | 14-280 | 0
Customer Satisfaction | % | 48-98 | 0
Marketing Spend | $ thousand | 10-850 | 0
Advertising Budget | $ million | 1-64 | 1
Export Value | $ billion | 1-240 | 1
Import Value | $ billion | 1-240 | 1
Inventory | thousand units | 4-320 | 0
Delivery Time | days | 1-21 | 1
Website Visits* | thousand | 12-960 | 0
Bookings* | | 60-4200 | 0
Subscriptions* | thousand | 2-420 | 0
Loans Granted* | | 30-2600 | 0
Insurance Claims* | | 25-3100 | 0
Dividends Paid | $ million | 1-85 | 1
Capital Investment | $ million | 2-310 | 0
Rental Income | $ thousand | 12-480 | 0
Sales Growth | % | 1-28 | 1
Production Cost | € thousand | 15-640 | 0
[work]
Employees* | | 12-4800 | 0
New Hires* | | 3-320 | 0
Vacancies* | | 4-260 | 0
Training Hours* | | 20-1900 | 0
Sick Days* | | 2-140 | 0
Overtime Hours* | | 10-870 | 0
Average Salary | $ thousand | 28-148 | 0
Average Hourly Wage | $ | 11-64 | 1
Staff Turnover | % | 3-34 | 1
Unemployment Rate | % | 2-18 | 1
Job Satisfaction | % | 40-96 | 0
Work Accidents* | | 1-90 | 0
Retirements* | | 2-85 | 0
Remote Workers* | | 10-900 | 0
Apprentices* | | 2-160 | 0
[health]
Patients Treated* | | 90-8700 | 0
Hospital Beds* | | 40-2900 | 0
Doctor Visits* | thousand | 4-420 | 0
Vaccinations* | thousand | 3-870 | 0
Cases Reported* | | 12-5400 | 0
Deaths* | | 10-2600 | 0
Life Expectancy | years | 58-86 | 1
Birth Rate | per 1,000 | 7-34 | 1
Smoking Rate | % | 6-42 | 0
Obesity Rate | % | 8-44 | 1
Average Waiting Time | minutes | 6-140 | 0
Nurses* | per 10,000 people | 12-140 | 0
Health Spending | $ per person | 180-9800 | 0
Calories Burned* | kcal | 90-900 | 0
Sleep Duration | hours | 5-9 | 1
Blood Donations* | | 60-4900 | 0
Surgeries Performed* | | 25-2300 | 0
Emergency Calls* | | 140-9300 | 0
[environment]
CO2 Emissions | million tonnes | 4-980 | 0
CO2 Emissions per Capita | tonnes | 1-19 | 1
Electricity Use | GWh | 20-930 | 0
Electricity Generation | TWh | 5-720 | 0
Renewable Energy Share | % | 4-86 | 0
Water Consumption | million litres | 8-760 | 0
Waste Collected | tonnes | 40-9400 | 0
Recycling Rate | % | 8-82 | 0
Rainfall | mm | 4-320 | 0
Average Temperature | °C | 2-34 | 1
Forest Area | % | 3-74 | 0
Trees Planted* | thousand | 2-480 | 0
Air Quality Index | | 18-190 | 0
Plastic Waste | kg per person | 8-140 | 0
Fuel Consumption | litres | 30-990 | 0
Wind Capacity | MW | 40-4900 | 0
Solar Panels Installed* | | 60-7800 | 0
Endangered Species* | | 4-420 | 0
Oil Production | million barrels | 6-640 | 0
Snowfall | cm | 2-190 | 0
[education]
Students Enrolled* | | 80-9600 | 0
Graduates* | | 40-4700 | 0
Teachers* | | 12-940 | 0
Average Test Score | points | 41-98 | 0
Pass Rate | % | 44-99 | 0
Literacy Rate | % | 48-99 | 1
Tuition Fees | $ | 900-9800 | 0
Books Borrowed* | | 70-8300 | 0
Class Size | students | 11-38 | 0
Scholarships Awarded* | | 5-480 | 0
Research Papers* | | 12-1900 | 0
Reading Time | minutes a day | 8-95 | 0
Dropout Rate | % | 1-24 | 1
Attendance Rate | % | 61-99 | 0
Library Visits* | | 120-9100 | 0
Applications Received* | | 90-8800 | 0
[sport]
Goals Scored* | | 12-98 | 0
Matches Won* | | 4-38 | 0
Medals* | | 2-110 | 0
Gold Medals* | | 1-46 | 0
Points* | | 14-99 | 0
Average Attendance | | 900-78000 | 0
Tickets Sold* | | 300-9900 | 0
Season Ticket Holders* | | 200-9400 | 0
Average Speed | km/h | 12-240 | 1
Distance Run | km | 3-96 | 1
Club Members* | | 45-4600 | 0
Yellow Cards* | | 4-92 | 0
[transport]
Passengers* | thousand | 6-940 | 0
Passengers* | million | 1-98 | 1
Vehicles Registered* | | 140-9700 | 0
New Cars Sold* | thousand | 3-420 | 0
Electric Cars* | thousand | 1-310 | 0
Flights* | | 80-7600 | 0
Traffic Accidents* | | 20-3900 | 0
Average Commute | minutes | 9-78 | 0
Freight Volume | million tonnes | 2-480 | 1
Cargo Handled | thousand tonnes | 12-960 | 0
Punctuality | % | 58-99 | 1
Bicycle Trips* | thousand | 4-380 | 0
Parking Spaces* | | 60-4900 | 0
Fuel Price | cents per litre | 88-214 | 0
Rail Network Length | km | 140-9900 | 0
[people]
Population | million | 1-130 | 1
Population | thousand | 12-980 | 0
Households* | thousand | 8-740 | 0
Median Age | years | 19-48 | 1
Population Density | per km² | 6-920 | 0
Marriages* | | 70-6200 | 0
Births* | thousand | 2-410 | 0
Immigrants* | thousand | 3-520 | 0
Tourists* | million | 1-88 | 1
Visitors* | thousand | 7-930 | 0
Hotel Nights* | thousand | 12-880 | 0
Museum Visitors* | | 240-9600 | 0
Volunteers* | | 25-3400 | 0
Voter Turnout | % | 38-91 | 1
Home Ownership | % | 24-88 | 0
Average Rent | $ | 420-3900 | 0
House Price | $ thousand | 90-980 | 0
Household Income | $ thousand | 18-142 | 0
Poverty Rate | % | 3-36 | 1
Crime Rate | per 1,000 | 4-78 | 1
[technology]
Internet Users* | million | 1-420 | 0
Mobile Subscribers* | million | 2-380 | 1
App Downloads* | thousand | 4-960 | 0
Smartphone Shipments* | million | 3-290 | 0
Screen Time | hours | 1-9 | 1
Social Media Followers* | thousand | 2-890 | 0
Download Speed | Mbps | 9-480 | 0
Support Tickets* | | 18-2700 | 0
Bugs Reported* | | 6-640 | 0
Data Traffic | petabytes | 3-760 | 0
Patents Filed* | | 15-4800 | 0
Cyber Attacks* | | 12-3900 | 0
Server Uptime | % | 91-100 | 1
Response Time | ms | 12-880 | 0
Video Views* | thousand | 9-990 | 0
Games Sold* | million | 1-64 | 1
[food]
Wheat Harvest | thousand tonnes | 14-920 | 0
Milk Production | million litres | 6-740 | 0
Coffee Exports | thousand bags | 20-940 | 0
Coffee Consumption | kg per person | 1-12 | 1
Meat Consumption | kg per person | 9-118 | 0
Fish Catch | thousand tonnes | 5-680 | 0
Farms* | | 60-9400 | 0
Restaurant Meals Served* | | 80-7200 | 0
Sugar Content | g | 1-64 | 1
Protein Content | g | 1-42 | 1
Energy Content | kcal | 30-690 | 0
Price per Kilogram | $ | 1-38 | 1
Crop Yield | tonnes per hectare | 1-14 | 1
Egg Production | million | 4-690 | 0
Wine Production | million litres | 2-480 | 0
"""

DIMENSIONS = """
* | region | regions | in | North; South; East; West; Central; Northeast; Southwest; Midwest;
  Coast
* | region | regions | in | Northern Region; Southern Region; Eastern Region; Western Region;
  Capital Area
* | region | regions | in | Europe; Asia; Africa; North America; South America; Oceania;
  Middle East
business work | market | markets | in | Asia Pacific; Latin America; EMEA; North America;
  China; India; Nordics
* | country | countries | in | Germany; France; Italy; Spain; Poland; Sweden; Norway; Austria;
  Portugal; Greece; Ireland; Finland; Denmark; Belgium; Hungary; Romania; Switzerland; Netherlands
* | country | countries | in | Brazil; Mexico; Chile; Argentina; Peru; Colombia; Ecuador;
  Uruguay; Bolivia; Panama; Cuba
* | country | countries | in | Japan; China; India; Thailand; Vietnam; Indonesia; Malaysia;
  Philippines; Singapore; Nepal; Mongolia
* | country | countries | in | Kenya; Nigeria; Egypt; Ghana; Morocco; Ethiopia; Senegal;
  Tunisia; Uganda; South Africa; Rwanda
* | country | countries | in | United States; Canada; United Kingdom; Australia; New Zealand;
  Japan; Germany; Israel; Turkey
* | city | cities | in | London; Paris; Berlin; Madrid; Rome; Vienna; Lisbon; Dublin; Oslo;
  Prague; Athens; Warsaw; Zurich
* | city | cities | in | Boston; Chicago; Denver; Seattle; Dallas; Miami; Atlanta; Phoenix;
  Houston; Detroit; Portland; Austin
* | city | cities | in | Tokyo; Delhi; Shanghai; Mumbai; Cairo; Lagos; Jakarta; Seoul; Manila;
  Lima; Karachi; Bangkok
* | state | states | in | Texas; Ohio; Florida; Nevada; Oregon; Utah; Maine; Iowa; Georgia;
  Kansas; Vermont; Arizona; Alaska; Idaho
* | district | districts | in | Riverside; Old Town; Harbor; Hillside; Lakeview; Parkside;
  Westend; Northgate; Midtown; Southbank
* | age group | age groups | for | 18-24; 25-34; 35-44; 45-54; 55-64; 65+
* | age group | age groups | for | Under 18; 18-29; 30-44; 45-59; 60-74; 75+
* | age group | age groups | for | Children; Teenagers; Young Adults; Adults; Seniors
business technology | channel | channels | for | Online; Retail; Wholesale; Direct; Partners;
  Catalog; Telesales; Social Media; Email
business | product | products | for | Laptops; Phones; Tablets; Monitors; Printers; Cameras;
  Speakers; Routers; Headsets; Keyboards
business | product | products | for | Chairs; Tables; Sofas; Beds; Lamps; Shelves; Desks;
  Carpets; Wardrobes; Mirrors
business | product | products | for | Product A; Product B; Product C; Product D; Product E;
  Product F
business | product line | product lines | for | Shoes; Jackets; Shirts; Dresses; Jeans;
  Sweaters; Hats; Accessories; Sportswear
business | store | stores | for | Main Street; Airport; Mall; Station; Market Square; Outlet;
  Harbor Plaza; University
business | brand | brands | for | Acme; Nova; Zenith; Apex; Orion; Vertex; Lumina; Pulse;
  Solaris; Quantum; Delta
business | company | companies | for | Northern Steel; Acme; Blue River; Sunrise; Granite;
  Keystone; Harbor Foods; Evergreen; Landmark
business | segment | segments | for | Consumer; Business; Public Sector; Education; Healthcare;
  Industrial; Automotive
business | category | categories | for | Electronics; Clothing; Groceries; Toys; Books;
  Furniture; Garden; Beauty; Sports; Jewelry
business work technology | department | departments | for | Sales; Marketing; Finance; Legal;
  Research; Operations; Support; IT; Purchasing; Logistics; HR
work | department | departments | for | Nursing; Surgery; Radiology; Administration; Pharmacy;
  Kitchen; Laboratory; Reception
work | industry | industries | in | Construction; Retail; Mining; Agriculture; Banking;
  Tourism; Manufacturing; Education; Transport; Energy
work | occupation | occupations | for | Nurses; Teachers; Engineers; Drivers; Lawyers; Cooks;
  Clerks; Electricians; Plumbers; Designers
work education | level | levels | for | Junior; Intermediate; Senior; Lead; Director; Executive
health | ward | wards | in | Cardiology; Oncology; Pediatrics; Maternity; Neurology; Surgery;
  Emergency; Orthopedics; Psychiatry
health | disease | diseases | for | Influenza; Measles; Asthma; Diabetes; Malaria; Hepatitis;
  Pneumonia; Tuberculosis; Dengue
health | hospital | hospitals | at | St. Mary; City General; Lakeside; Mercy; Riverside Clinic;
  Hope Center; University Hospital
health sport | activity | activities | for | Walking; Running; Swimming; Cycling; Yoga; Rowing;
  Tennis; Dancing; Hiking; Skiing
environment | source | sources | for | Coal; Gas; Oil; Nuclear; Hydro; Wind; Solar; Biomass;
  Geothermal
environment | sector | sectors | in | Transport; Industry; Households; Agriculture; Energy;
  Buildings; Waste; Aviation; Shipping
environment | material | materials | for | Paper; Glass; Metal; Plastic; Textiles; Organic;
  Electronics; Wood; Batteries
environment | station | stations | at | Mountain; Valley; Airport; Harbor; City Park; Lakeside;
  University; Forest
education | subject | subjects | in | Math; Physics; Biology; History; Art; Music; English;
  Chemistry; Geography; Economics; French
education | faculty | faculties | in | Engineering; Medicine; Law; Science; Arts; Business;
  Theology; Architecture; Education
education | grade | grades | in | Grade 1; Grade 2; Grade 3; Grade 4; Grade 5; Grade 6;
  Grade 7; Grade 8
education | school | schools | at | Lincoln; Oakwood; Riverside; Maple Grove; Hillcrest;
  St. Paul; Jefferson; Westview
education | class | classes | in | Class A; Class B; Class C; Class D; Class E
sport | team | teams | for | Lions; Eagles; Tigers; Sharks; Bears; Wolves; Hawks; Falcons;
  Rangers; Royals; Giants; Bulls
sport | player | players | for | Adams; Baker; Costa; Diaz; Evans; Fischer; Garcia; Hansen;
  Ito; Jansen; Klein; Lopez
sport | discipline | disciplines | in | Football; Tennis; Hockey; Basketball; Volleyball;
  Athletics; Judo; Golf; Rugby; Fencing
sport | club | clubs | for | United; Rovers; City; Athletic; Wanderers; Dynamo; Olympic;
  Sporting; Albion
transport | mode | modes | by | Car; Bus; Train; Bicycle; Tram; Metro; Ferry; On Foot;
  Motorcycle; Taxi
transport | line | lines | on | Line 1; Line 2; Line 3; Line 4; Line 5; Line 6; Line 7
transport | airport | airports | at | Heathrow; Schiphol; Changi; Gatwick; Logan; Midway;
  Fiumicino; Barajas; Kastrup
transport | vehicle type | vehicle types | for | Cars; Trucks; Buses; Vans; Motorcycles;
  Trailers; Scooters; Bicycles
transport | fuel | fuels | for | Petrol; Diesel; Electric; Hybrid; Gas; Hydrogen
people | household type | household types | for | Single; Couple; Family; Shared;
  Single Parent; Retired
people | religion | religions | for | Christian; Muslim; Hindu; Buddhist; Jewish; Other; None
people | attraction | attractions | at | Castle; Zoo; Aquarium; Art Museum; Old Harbor;
  Botanical Garden; Cathedral; Tower; Lighthouse
technology | browser | browsers | for | Chrome; Firefox; Safari; Edge; Opera; Brave
technology | platform | platforms | on | Android; iOS; Windows; Linux; macOS; Web; Console
technology | network | networks | on | Facebook; Instagram; YouTube; LinkedIn; Pinterest;
  TikTok; Snapchat; Reddit; WhatsApp
technology | version | versions | for | v1.0; v1.1; v1.2; v2.0; v2.1; v3.0; v3.5; v4.0
technology | language | languages | for | Python; Java; C++; Go; Rust; Ruby; Swift; Kotlin;
  PHP; Scala
food | crop | crops | for | Wheat; Corn; Rice; Barley; Soybeans; Potatoes; Oats; Cotton;
  Sunflower; Rye
food | product | products | for | Apples; Bananas; Oranges; Grapes; Pears; Cherries; Lemons;
  Peaches; Mangoes; Plums
food | product | products | for | Milk; Cheese; Butter; Yogurt; Eggs; Bread; Honey; Rice;
  Pasta; Beef; Chicken
food | drink | drinks | for | Coffee; Tea; Water; Juice; Soda; Milk; Beer; Wine; Cocoa; Lemonade
food | meal | meals | for | Breakfast; Lunch; Dinner; Snacks; Brunch; Dessert
* | gender | genders | for | Men; Women
* | gender | genders | for | Male; Female
* | sector | sectors | in | Public; Private; Nonprofit
business work education people | area | areas | in | Urban; Suburban; Rural
business health food | group | groups | for | Group A; Group B; Group C; Group D
business work | plan | plans | for | Basic; Standard; Premium; Enterprise
business work people | scenario | scenarios | for | Actual; Budget; Forecast
"""

SURVEYS = """
How do you travel to work? | Car; Bus; Train; Bicycle; On foot; Motorcycle
What is your favorite season? | Spring; Summer; Autumn; Winter
How satisfied are you with our service? | Very satisfied; Satisfied; Neutral; Dissatisfied;
  Very dissatisfied
Where do you buy your groceries? | Supermarket; Market; Online; Discount store; Corner shop
How often do you exercise? | Daily; Weekly; Monthly; Rarely; Never
What is your main source of news? | Television; Newspapers; Radio; Websites; Social media;
  Podcasts
Which device do you use most? | Smartphone; Laptop; Desktop; Tablet; Smartwatch
How do you heat your home? | Gas; Oil; Heat pump; Wood; Electricity; District heating
What is your favorite fruit? | Apple; Banana; Orange; Grapes; Strawberry; Mango; Pear
Which pet do you own? | Dog; Cat; Fish; Bird; Hamster; No pet
What keeps you from saving more? | Low income; High rent; Debt; Children; Habits
How did you hear about us? | Friends; Search engine; Advertising; Newspaper; Event; Social media
How do you prefer to pay? | Cash; Debit card; Credit card; Mobile; Invoice; Bank transfer
Would you recommend this product? | Definitely; Probably; Not sure; Probably not; Never
What is your preferred holiday? | Beach; Mountains; City trip; Cruise; Camping; Staycation
How many hours do you sleep? | Less than 5; 5 to 6; 6 to 7; 7 to 8; More than 8
What is the biggest challenge at work? | Workload; Communication; Deadlines; Tools; Pay; Commute
Which meal do you skip most often? | Breakfast; Lunch; Dinner; None
Why did you leave your last job? | Salary; Career; Manager; Location; Health; Retirement
Where does the budget go? | Salaries; Rent; Marketing; Travel; Equipment; Training; Other
What do students do after school? | Sports; Homework; Gaming; Music; Reading; Part-time job
What causes most delays? | Weather; Staff shortage; Breakdowns; Traffic; Strikes; Other
Which language do you speak at home? | English; Spanish; French; Arabic; Chinese; German; Hindi
How do people cook? | Electric stove; Gas stove; Microwave; Oven; Grill
How is household waste treated? | Recycled; Composted; Landfill; Incinerated
Where is energy lost in homes? | Walls; Roof; Windows; Doors; Floor; Ventilation
What do commuters do on the train? | Read; Sleep; Work; Listen to music; Talk; Watch videos
What is money spent on? | Housing; Food; Transport; Health; Clothing; Leisure; Savings
Which genre do you read most? | Crime; Romance; Fantasy; History; Science; Biography
Who makes the decision? | Parents; Children; Both; Nobody
How was the event? | Excellent; Good; Fair; Poor
When do customers shop? | Morning; Noon; Afternoon; Evening; Night
Which streaming service is used? | StreamOne; Movio; Clipbox; Kinora; Playhub
Share of aid by purpose | Food; Shelter; Medicine; Education; Water; Transport
Use of land | Forest; Farmland; Housing; Industry; Water; Roads
Composition of the workforce | Full-time; Part-time; Temporary; Trainees; Freelance
Sources of income | Donations; Grants; Membership fees; Sales; Events; Interest
Causes of accidents | Speeding; Alcohol; Distraction; Fatigue; Weather; Defects
Types of requests | Repairs; Complaints; Orders; Refunds; Questions
Time spent per day | Sleep; Work; Travel; Meals; Leisure; Chores
"""
