"""Word lists that made-up values are drawn from: common words, no text of any real document."""


def by_space(text: str) -> list[str]:
    """The words of `text`."""
    return text.split()


def by_semicolon(text: str) -> list[str]:
    """The phrases of `text` between its semicolons."""
    return text.split(";")


FIRST_NAMES = by_space(
    "James Mary John Patricia Robert Jennifer Michael Linda William Elizabeth David Barbara "
    "Richard Susan Joseph Jessica Thomas Sarah Charles Karen Daniel Nancy Matthew Lisa Anthony "
    "Betty Mark Margaret Donald Sandra Steven Ashley Paul Kimberly Andrew Emily Joshua Donna "
    "Kenneth Michelle Kevin Carol Brian Amanda George Dorothy Edward Melissa Ronald Deborah "
    "Timothy Stephanie Jason Rebecca Jeffrey Laura Ryan Sharon Gary Cynthia Nicholas Kathleen "
    "Eric Amy Jonathan Shirley Stephen Angela Larry Helen Justin Anna Scott Brenda Brandon "
    "Pamela Frank Nicole Gregory Ruth Samuel Katherine Raymond Samantha Patrick Christine "
    "Alexander Emma Jack Catherine Dennis Wei Ahmad Siti Mei Raj Priya Nurul Hassan Chen Aisha "
    "Kumar Lim Farah Omar Yuki Hiro Ana Carlos Luis Maria Sofia Ivan Olga Pierre Claire Hans "
    "Greta Lars Ingrid Marco Giulia Tariq Fatima"
)

LAST_NAMES = by_space(
    "Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez "
    "Gonzalez Wilson Anderson Thomas Taylor Moore Jackson Martin Lee Perez Thompson White "
    "Harris Sanchez Clark Ramirez Lewis Robinson Walker Young Allen King Wright Scott Torres "
    "Nguyen Hill Flores Green Adams Nelson Baker Hall Rivera Campbell Mitchell Carter Roberts "
    "Gomez Phillips Evans Turner Diaz Parker Cruz Edwards Collins Reyes Stewart Morris Morales "
    "Murphy Cook Rogers Gutierrez Ortiz Morgan Cooper Peterson Bailey Reed Kelly Howard Ramos "
    "Kim Cox Ward Richardson Watson Brooks Chavez Wood Bennett Gray Mendoza Ruiz Hughes Price "
    "Alvarez Castillo Sanders Patel Myers Long Ross Foster Tan Wong Lim Ong Ng Abdullah Rahman "
    "Ismail Ibrahim Singh Rao Muller Schmidt Fischer Weber Rossi Ferrari Dubois Moreau Jensen "
    "Hansen Novak Kowalski Ivanov"
)

PLACES = by_space(
    "Springfield Riverton Fairview Greenville Bristol Clinton Madison Georgetown Salem "
    "Franklin Arlington Ashland Burlington Manchester Milton Newport Oxford Clayton Dayton "
    "Lexington Milford Winchester Cleveland Hudson Kingston Dover Auburn Bedford Concord "
    "Easton Florence Glendale Hamilton Jackson Lakewood Marion Norwood Oakland Plymouth Quincy "
    "Raleigh Shelby Trenton Union Vernon Warren Yorktown Columbus Denver Tampa Omaha Tulsa "
    "Fresno Mesa Austin Dallas Boston Seattle Chicago Atlanta Phoenix Houston Miami Memphis "
    "Richmond Louisville Durham Greensboro"
)

ASIAN_PLACES = by_semicolon(
    "Petaling Jaya;Kuala Lumpur;Shah Alam;Johor Bahru;Subang Jaya;Klang;Ipoh;Seremban;Melaka;"
    "Puchong;Kajang;Cheras;Ampang;Batu Caves;Rawang;Skudai;Masai;Kulai;Muar;Segamat;Kluang;"
    "Penang;Butterworth;Taiping;Kuantan;Setapak;Kepong;Semenyih;Bangi;Cyberjaya"
)

ASIAN_STATES = by_semicolon(
    "Selangor;Johor;Perak;Penang;Kedah;Melaka;Negeri Sembilan;W.P. Kuala Lumpur"
)

STATES = by_space(
    "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ "
    "NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY"
)

STREETS = by_space(
    "Main Oak Maple Park Cedar Elm Washington Lake Hill Walnut Spring North Ridge Church "
    "Willow Mill River Sunset Railroad Jackson West South Highland Forest Jefferson Center "
    "Franklin Adams Meadow Broad Chestnut Pine Market Union Water Liberty Prospect Grove Green "
    "Academy Locust"
)

ROAD_TYPES = by_space(
    "Street St. St Avenue Ave. Ave Road Rd. Blvd Boulevard Drive Dr. Lane Ln Court Way"
)

JALAN = by_space(
    "Mawar Dedap Permas Bukit Kenanga Indah Mahagoni Sentosa Harmoni Kasturi Teratai Cempaka "
    "Anggerik Merdeka Utama Setia Tropika Gemilang Perdana Bestari Damai Wangsa Melur Seri"
)

COMPANY_STEMS = by_space(
    "Acme Apex Summit Pioneer Global National United Premier Atlantic Pacific Northern Central "
    "Sterling Liberty Heritage Crystal Golden Silver Evergreen Horizon Keystone Landmark "
    "Matrix Nova Omega Phoenix Quantum Redwood Sunrise Titan Unity Vertex Zenith Blue River "
    "Star Lake Harbor Bridge Castle Delta Eagle Falcon Granite Iron Jade Lotus Maple Orchid "
    "Pearl Royal Sapphire Tiger Trident Union Valley Western Mega Super Happy Lucky Fresh "
    "Modern Smart Best"
)

COMPANY_TRADES = by_semicolon(
    "Trading;Hardware;Restaurant;Foods;Industries;Supply;Electronics;Motors;Pharmacy;Books;"
    "Stationery;Bakery;Cafe;Textiles;Chemicals;Laboratories;Research;Media;Communications;"
    "Marketing;Logistics;Freight;Insurance;Financial;Consulting;Engineering;Construction;"
    "Printing;Packaging;Tobacco;Paper;Steel;Energy;Medical;Dental;Clinic;Hospital;Realty;"
    "Furniture;Home Deco;Gifts;Mini Market;Supermarket;Grocery;Seafood;Kitchen;Coffee House;"
    "Fashion;Optical;Jewelry;Toys;Auto Parts;Petrol Station;Sports;Travel;Software;Systems;"
    "Technologies;Services;Enterprises"
)

COMPANY_FORMS = by_semicolon(
    ";Inc.;Inc;Corp.;Corporation;Co.;Company;LLC;Ltd.;Limited;& Sons;Group;Associates"
)

ASIAN_FORMS = by_semicolon(
    "Sdn Bhd;Sdn. Bhd.;(M) Sdn Bhd;Enterprise;Trading;Marketing Sdn Bhd;Pte Ltd;"
)

JOBS = by_semicolon(
    "Manager;Director;Vice President;Engineer;Senior Analyst;Secretary;Accountant;Clerk;"
    "Supervisor;Technician;Sales Agent;Research Associate;Coordinator;Administrator;"
    "Buyer;Nurse;Teacher;Chief Financial Officer;Consultant;Attorney;Foreman;Field Manager;"
    "Scientist"
)

ADJECTIVES = by_space(
    "new annual final special general national regional monthly weekly daily internal external "
    "standard regular light full dry fresh natural synthetic chemical physical medical "
    "technical financial commercial industrial retail wholesale consumer public private local "
    "foreign direct primary secondary initial revised updated approved pending active limited "
    "extended additional current previous next early late high low large small short long "
    "heavy white black red blue green mild sealed folded double super premium economy basic "
    "advanced certified quarterly"
)

NOUNS = by_space(
    "report test sample product study market plan program project survey budget order request "
    "review analysis service system process material equipment machine paper filter package "
    "display store sales account customer payment delivery shipment schedule meeting training "
    "safety quality control design research development production promotion campaign coupon "
    "brand price cost contract agreement policy claim form record file office building room "
    "unit department division region district branch group team staff employee manager agent "
    "dealer vendor supplier invoice receipt statement balance tax fee rate value weight length "
    "volume temperature pressure flow sound light water oil gas air fuel power energy engine "
    "pump valve tank pipe cable panel switch board card disk printer screen software network "
    "data image map chart table list index page letter memo notice copy draft summary result "
    "finding comment issue problem change repair maintenance inspection license permit title "
    "property land house vehicle truck trailer parts"
)

VERBS = by_space(
    "review approve send receive complete check test provide include confirm submit prepare "
    "replace return measure compare follow discuss continue reduce increase improve maintain "
    "install repair deliver order cancel contact schedule process evaluate support develop "
    "monitor update"
)

FILLERS = by_space(
    "the of for and with from to in on by per at as is was are were will be has been not all "
    "any this each before after during under between without until"
)

ITEMS = by_semicolon(
    "Coffee;Iced Tea;Fried Rice;Noodle Soup;Chicken Rice;Bread Loaf;Milk 1L;Eggs Dozen;"
    "Orange Juice;Mineral Water 500ml;Potato Chips;Chocolate Bar;Shampoo 200ml;Toothpaste;"
    "Soap Bar;Tissue Box;Notebook A5;Ball Pen Blue;Pencil 2B;Stapler;Glue Stick;Paper A4 80gsm;"
    "Envelope;Ink Cartridge;LED Bulb 9W;Extension Cord;Battery AA;USB Cable;Screwdriver;Hammer;"
    "Paint Brush 2in;Wire Rope;PVC Pipe;Cement Bag;Door Lock;Light Switch;Hose 10M;Sand Paper;"
    "Drill Bit;Bolt & Nut;T-Shirt;Jeans;Socks;Cap;Sandals;Toy Car;Puzzle;Gift Box;Balloon;"
    "Candle;Greeting Card;Flower Bouquet;Burger Set;French Fries;Ice Cream;Grilled Fish;"
    "Roti Canai;Teh Tarik;Kopi O;Nasi Lemak;Satay;Mee Goreng;Curry Puff;Steamed Bun;Dumpling;"
    "Sushi Roll;Salad;Pasta;Pizza Slice;Cheese Cake;Vitamin C;Cough Syrup;Bandage;Face Mask;"
    "Hand Sanitizer;Engine Oil;Car Wash;Unleaded 95;Diesel;Parking;Haircut;Laundry;Photocopy;"
    "Lamination;Passport Photo;Dog Food;Cat Litter;Fish Oil"
)

PROGRAMS = by_semicolon(
    "Morning News;Evening News;News at Noon;News at 6;Late News;Game Show;Talk Show;"
    "Sports Final;Prime Movie;Daytime Drama;Weekend Edition;Sunday Football;Music Hour;"
    "Late Night Show;Quiz Hour;Good Day;Local Live;Court TV;Cooking Today;Nature Hour;"
    "Comedy Block;Kids Hour;World Report;Saturday Movie;Early Today;Wake Up;M-F Rotator;ROS;"
    "Prime Rotator;Sitcom 2;College Basketball"
)

CAMPAIGNS = by_semicolon(
    "{last} for Congress;{last} for Senate;Friends of {last};Committee to Elect {first} {last};"
    "{last} for Governor;{first} {last} for Mayor;Citizens for {last};{last} for Sheriff;"
    "Americans for {noun};{adj} Future PAC;Voters for {noun};{place} Forward;"
    "Elect {first} {last};{last} {year};{adj} Majority;Fund for {adj} {noun};"
    "{place} First Action;{last}/D/US Senate;{last} for State House District {number};"
    "POL/{first} {last}/R/US House"
)
