"""Field labels by domain and by the kind of value that fills them.

Each entry reads `value kind: label; label; ...`; an indented line goes on with the one before it.
The kinds are those of `vocabulary.Maker.value`.
"""

from pinpoint_data.generator.text import label_lists as more

_BUSINESS = """
name: Name; Requester; Sign-Off By; Countersigned By; Released By; Agreed By; Contact Name; Contact
  Person; Ordered By; Buyer; Account Manager; Project Manager; Attention; Attn; Customer Name; Sales
  Rep; Owner; Coordinator; Supervisor; Checked By; Entered By
company: Company; Deliver To; Account Owner; Company Name; Vendor; Vendor Name; Supplier; Customer;
  Client; Bill To; Sold To; Manufacturer; Distributor; Contractor; Consignee; Payee; Supplier Name;
  Organization; Firm; Agency
date: Date; Requested On; Required On; Completed On; Deliver On; Received On; Submitted On; Due
  Date; Order Date; Effective Date; Start Date; End Date; Date Needed; Contract Date; Review Date;
  Revised Date; Date of Issue; Valid Until
money: Amount; Total Amount; Budget; Estimated Cost; Price; Balance Due; Net Amount; Deposit;
  Subtotal; Current Balance; Cost; Amount Due; Previous Commitments; Freight; Discount; Approved
  Amount; Total Estimated Cost
id: Account ID; Acct. #; Project #; Job ID; Contract ID; Lot #; P.O. Number; Purchase Order No;
  Invoice No.; Customer No.; Reference; Ref. No.; File No.; Vendor Code; Quote Number; Document No.;
  Case Number; Work Order; Cost Center; Charge Number; Job #; Our Reference; Your Reference
address: Address; Mailing Address; Street Address; Billing Address; Delivery Address; Company
  Address; Ship To Address
phone: Phone; Phone #; Fax #; Telephone; Tel; Fax; Telephone No.; Contact Number; Mobile; Office
  Phone; Extension
email: Email; E-mail Address; Contact Email
phrase: Subject; Job Title or Name; Why Requested; Project Called; Description; Title; Purpose;
  Terms; Payment Terms; Product; Item; Product Name; Shipping Method; Type of Request; Department;
  Division; Location; Category; Nature of Business; Type of Work; Service Requested; Project;
  Material; Activity; Method of Payment; Source
sentence: Comments; Remarks; Description of Work; Special Instructions; Notes; Reason; Explanation;
  Justification; Objective; Recommendation; Scope of Work; Background; Conclusions; Action Required;
  Reasons
list: cc; Distribution; Copied To; Signatories; Witnesses; Passengers; Destinations; Exhibits;
  Committee; Attendees; Participants; Present; Absent; Members; Team; Enclosures; Attachments;
  Suppliers; Locations; Items; Products; Brands; Equipment; Account Numbers; Contacts; References
integer: Quantity; No. of Copies; Sheets in All; Units Received; Number of Employees; Number of
  Units; Quantity Ordered; Qty; No. of Stores; Number Requested
percent: Discount Rate; Tax Rate; Percent Complete; Commission; Markup; Interest Rate
"""

_MEDICAL = """
name: Patient Name; Patient; Physician; Attending Physician; Referring Physician; Next of Kin;
  Emergency Contact; Nurse; Provider Name; Insured Name; Name of Parent or Guardian; Primary Care
  Physician; Surgeon; Subscriber; Responsible Party
date: Date of Birth; DOB; Date of Visit; Admission Date; Discharge Date; Date of Injury; Date of
  Service; Date of Last Visit; Onset Date; Date of Surgery; Collection Date; Report Date
id: Patient ID; Medical Record No.; MRN; Chart No.; Policy Number; Group Number; Member ID;
  Insurance ID; NPI; Specimen No.; Accession Number; Claim Number; Room No.; Subscriber ID
phrase: Diagnosis; Medication; Allergies; Chief Complaint; Procedure; Treatment; Insurance Carrier;
  Occupation; Marital Status; Blood Type; Relationship to Patient; Test Name; Specimen Type; Primary
  Language; Race; Known Allergies; Reason for Visit; Sex
measure: Height; Weight; Blood Pressure; Temperature; Pulse; Dose; Dosage; Heart Rate; Respiration;
  Glucose; Hemoglobin; Cholesterol
sentence: Medical History; Symptoms; Clinical Findings; Instructions; Current Medications; Family
  History; Assessment; Plan; Impression; Present Illness
integer: Age; Refills; Number of Visits; Pain Level
address: Patient Address; Hospital Address
phone: Home Phone; Work Phone; Emergency Phone; Daytime Phone
"""

_HR = """
name: Employee Name; Employee; Supervisor Name; Manager; Applicant Name; Last Name; First Name;
  Middle Name; Reference Name; Interviewer; Spouse Name; Reports To; Beneficiary; Immediate
  Supervisor
date: Hire Date; Date of Hire; Date of Application; Last Day Worked; Termination Date; Available
  Start Date; Pay Period Ending; Review Period; Date of Promotion; Leave From; Leave To; Retirement
  Date
id: Employee ID; Employee No.; Badge Number; Social Security No.; SSN; Payroll No.; Position No.;
  Requisition Number; Clock No.
money: Salary; Annual Salary; Hourly Rate; Gross Pay; Net Pay; Present Salary; Proposed Salary;
  Federal Tax; Overtime Pay; Deductions; Current Rate; Desired Salary; Bonus; YTD Gross
phrase: Position; Job Title; Position Applied For; Department Name; Work Location; Shift; Degree;
  School Attended; Major; Employment Status; Type of Leave; Reason for Leaving; Job Classification;
  Grade; Education; Skills; Present Position; Proposed Position
integer: Hours Worked; Years of Experience; Vacation Days; Years of Service; Days Requested; Number
  of Dependents; Overtime Hours
sentence: Job Description; Duties; Strengths; Areas for Improvement; Employee Comments; Supervisor
  Comments; Goals; Summary of Qualifications
address: Present Address; Permanent Address; Employee Address
phone: Cell Phone; Contact Phone; Alternate Phone
"""

_SHIPPING = """
company: Shipper; Carrier; Consignor; Freight Forwarder; Notify Party; Shipping Line; Carrier Name;
  Broker
id: Tracking Number; Bill of Lading No.; B/L No.; Container No.; Booking No.; Seal No.; Waybill No.;
  Shipment ID; Pro Number; Trailer No.; Truck No.; AWB No.; HS Code; Packing Slip No.; Item Code
date: Ship Date; Pickup Date; ETA; ETD; Arrival Date; Departure Date; Delivered On
phrase: Port of Loading; Port of Discharge; Vessel; Voyage; Country of Origin; Destination;
  Incoterms; Commodity; Freight Terms; Mode of Transport; Place of Delivery; Type of Packages; Ship
  Via; Description of Goods; Final Destination
measure: Gross Weight; Net Weight; Volume; Dimensions; Tare; Total Weight; Measurement
integer: No. of Packages; Number of Pallets; Total Cartons; Pieces; Cases Shipped
money: Declared Value; Freight Charges; Insurance Amount; C.O.D. Amount; Customs Value; Total
  Charges
name: Driver Name; Driver; Shipping Clerk; Loaded By
sentence: Handling Instructions; Delivery Instructions; Marks and Numbers; Condition on Arrival
"""

_LABORATORY = """
phrase: Brand; Sample Type; Type of Sample; Test Requested; Product Code Name; Test Objective;
  Method; Species; Vehicle; Solvent; Route; Flavor; Strain; Package; Equipment Used
id: Test No.; Run Number; Notebook No.; Report No.; Experiment No.; Specification No.; Laboratory
  No.; Protocol No.
measure: Length; Moisture; Draft; pH; Density; Melting Point; Boiling Point; Viscosity; Total
  Length; Ventilation; Carbon Monoxide; Purity; Concentration
date: Date Tested; Date Sampled; Test Date; Date Manufactured; Sampling Date; Date Reported; Date
  Reviewed; Study Initiation
name: Investigator; Analyst; Technician; Tested By; Principal Investigator; Chemist; Requestor;
  Reviewed By; Analysis By; Performed By; Notary
company: Laboratory; Sponsor; Research Agency; Testing Facility; Sample Source; Sponsoring
  Organization; Research Supplier
percent: Recovery; Nitrogen
integer: Number of Samples; No. of Animals; Number of Respondents; Cycles; Replicates
sentence: Results; Observations; Purpose of Test; Procedure Notes; Distribution of Report; Test
  Conditions; Modifications
"""

_MARKETING = """
phrase: Promotion; Program; Region; Market; Media; Display Type; Publication; Circulation; Position
  in Magazine; Copy Theme; Event; Type of Outlet; Sales Area; District; Chain; Offer; Coupon Type;
  Vehicle Type; Ad Size; Caption; Issue; Retail Account; Coverage Area
date: Issue Date; On Sale Date; Closing Date; Program Start Date; Program End Date; Date of
  Insertion; In-Store Date; Event Date; Drop Date; Air Date
integer: Number of Displays; Total Stores; Coupons Distributed; Attendance; Number of Spots; Pieces
  Mailed; No. of Accounts; Requests Received; Samples Distributed
money: Production Cost; Media Cost; Rate; Cost per Thousand; Redemption Value; Total Spending; Face
  Value; Cost per Unit; Promotion Cost; Advertising Allowance; Earned Rate
percent: Redemption Rate; Share of Market; Volume Share; Distribution; Response Rate; Effective
  Rate; Awareness
name: Division Manager; Region Manager; District Manager; Brand Manager; Field Representative; Rep
  Name; Area Manager
company: Advertising Agency; Printer; Publisher; Participating Chain; Competitive Company
id: Job Code; Event Number; Insertion Order No.; Ad Number; Program Code; Circular No.; Division No.
sentence: Promotion Description; Competitive Activity; Retailer Reaction; Sales Force Comments;
  Results to Date; Trade Reaction; Consumer Reaction
"""

_GOVERNMENT = """
name: Registrant; Applicant; Taxpayer Name; Owner Name; Declarant; Witness; Plaintiff; Defendant;
  Petitioner; Court Reporter; Treasurer; Inspector; Candidate; Attorney; Judge
id: License No.; Permit Number; Docket No.; Parcel No.; Tax ID; EIN; FEIN; Passport No.; Vehicle ID
  No.; Plate No.; Certificate No.; Serial Number; Case No.; Application No.; Form ID; House ID;
  Index No.; Control Number
date: Date Filed; Hearing Date; Date of Incorporation; Expiration; Inspection Date; Filing Date;
  Date Sworn; Trial Date; Date of Accident; Period Covered; Date Signed
phrase: County; State; City; Citizenship; Place of Birth; Type of License; Name of Court; Type of
  Entity; Nationality; Zoning; Violation; Court; Jurisdiction; Year; Country; State of
  Incorporation; Precinct; Lobbying Issue
money: Filing Fee; Assessed Value; Tax Due; Penalty; Gross Receipts; Total Income; Taxable Amount;
  Total Contributions; Fee Paid; Amount Requested; Damages Sought; Income Relating to Lobbying
address: Property Address; Residence Address; Legal Address; Address of Registrant; Site Address;
  Place of Employment
sentence: Legal Description; Nature of Complaint; Statement; Type of Case; Specific Lobbying Issues;
  Allegations
integer: Number of Parcels; Lot Size; Number of Members; Model Year
company: Name of Business; Agency Name; Issuing Authority; Employer; Registrant Organization; Law
  Firm; Opposing Counsel
"""

_FINANCE = """
name: Account Holder; Policyholder; Borrower; Insured; Claimant; Cardholder Name; Agent; Agent Name;
  Co-Borrower; Adjuster
id: Policy No.; Claim No.; Loan Number; Routing Number; Check No.; IBAN; Swift Code; Sort Code;
  Invoice Number; Batch No.; Transaction ID; Confirmation No.; Voucher No.; Receipt No.; Statement
  No.; Branch Code
money: Premium; Deductible; Loan Amount; Coverage Amount; Monthly Payment; Opening Balance; Closing
  Balance; Total Due; Principal; Payment Amount; Minimum Payment; Credit Limit; Finance Charge;
  Total Credits; Total Debits; Late Fee; Net Total; Amount Paid; Total Premium; Replacement Cost
date: Policy Period; Date of Loss; Statement Date; Maturity Date; Payment Date; Posting Date;
  Renewal Date; Closing Date; Value Date; Settlement Date
percent: APR; Annual Rate; Coinsurance; Down Payment; Annual Yield
company: Insurer; Bank Name; Lender; Financial Institution; Insurance Company; Mortgagee;
  Beneficiary Bank; Underwriter
phrase: Type of Coverage; Account Type; Type of Loss; Payment Method; Loan Type; Line of Business;
  Cause of Loss; Vehicle Make; Vehicle Model; Currency; Branch
sentence: Description of Loss; Description of Property; Endorsements; Explanation of Benefits
"""

_SCHOOL = """
name: Student Name; Teacher; Parent Name; Principal; Counselor; Instructor; Advisor; Guardian;
  Homeroom Teacher
id: Student ID; Course Code; Section; Room; Locker No.; Class Code; Bus No.; Exam Number
date: Enrollment Date; Graduation Date; Term Start; Exam Date; Date of Absence; Registration
  Deadline; Field Trip Date
phrase: School; School Name; Grade Level; Course; Course Title; Semester; Term; Subject Area;
  Program of Study; District Name; Homeroom; Activity Name; Sport; Club; Language Spoken at Home
integer: Credits; Score; Class Rank; Days Absent; Total Credits; Number of Students; Points Earned;
  Credit Hours
percent: Final Grade; Attendance Rate; Exam Score
money: Tuition; Activity Fee; Scholarship Amount; Lunch Balance; Lab Fee
sentence: Teacher Comments; Learning Objectives; Accommodations; Reason for Absence
phone: Parent Phone; School Phone
"""

_TRANSMITTAL = """
name: To; From; cc; Sender; Recipient; Attention To; Signed; Operator
phone: Telecopier Number; To Fax; Sender Phone; Telephone Number; Facsimile No.; Call Back Number;
  Confirmation Number
date: Time and Date; Date of Transmission
phrase: Re; Subject Matter; Regarding; Client/Matter; Message; Priority; Delivery; Classification;
  Dept.; Transmittal Type; Charge To
integer: Pages; Number of Pages Including Cover; No. of Pages; Total Pages Sent
company: Of; Company/Firm; Sent By Firm; To Company
time: Time; Time Sent; Time Received; Transmission Time
sentence: Message Text; Additional Comments; Special Handling
id: Client Number; Matter No.; Client/Matter No.; User Code; Transmission No.
"""

CHECK_GROUPS = """
Sex: Male, Female
Marital Status: Single, Married, Divorced, Widowed
Type of Request: New, Renewal, Change, Cancel
Payment Method: Cash, Check, Credit Card, Money Order
Priority: Low, Normal, High, Urgent
Employment Type: Full-Time, Part-Time, Temporary, Seasonal
Account Type: Checking, Savings, Money Market
Ship Via: Air, Ground, Ocean, Courier
Status: Open, Closed, Pending, On Hold
Condition: Excellent, Good, Fair, Poor
Quality of Service: Excellent, Average, Fair
Reaction: Positive, Neutral, Negative
Frequency: Daily, Weekly, Monthly, Quarterly, Annually
Citizen: Yes, No
Approved: Yes, No
Insurance Required: Yes, No
Confidential: Yes, No
Original to Follow: Yes, No
Type of Report: Initial, Interim, Final, Amended
Type of Package: Box, Bag, Carton, Pallet
Action: Hire, Transfer, Promotion, Termination
Ownership: Sole Proprietor, Partnership, Corporation, Trust
Distribution: Internal, External, Restricted
Size: Regular, Medium, Large, Extra Large
Shift: Day, Evening, Night
Preferred Contact: Phone, Email, Mail
Freight: Prepaid, Collect, Third Party
Type of Sale: Retail, Wholesale, Export
Position: Left, Right, Center
"""

PARTIES = """
Buyer, Seller
Shipper, Consignee
Bill To, Deliver To
Employee, Spouse
Employee Information, Emergency Contact
Patient, Insured
Lender, Borrower
Plaintiff, Defendant
Landlord, Tenant
From, To
Sender, Receiver
Owner, Contractor
Agent, Principal
Primary Applicant, Co-Applicant
Vendor, Purchaser
Father, Mother
Current Position, Proposed Position
Present, Proposed
Old Account, New Account
Licensor, Licensee
Home, Office
Control, Sample
"""


def _parse(block: str) -> list[tuple[str, str]]:
    pairs = []
    # A line that begins with blanks goes on with the one before.
    for line in block.strip().replace("\n  ", " ").splitlines():
        kind, labels = line.split(":", 1)
        pairs += [(label.strip(), kind.strip()) for label in labels.split(";")]
    return pairs


def _options(block: str) -> list[tuple[str, list[str]]]:
    rows = (line.split(":", 1) for line in block.strip().splitlines())
    return [(label, [option.strip() for option in options.split(",")]) for label, options in rows]


DOMAINS: dict[str, list[tuple[str, str]]] = {
    "business": _parse(_BUSINESS),
    "medical": _parse(_MEDICAL),
    "hr": _parse(_HR),
    "shipping": _parse(_SHIPPING),
    "laboratory": _parse(_LABORATORY),
    "marketing": _parse(_MARKETING),
    "government": _parse(_GOVERNMENT),
    "finance": _parse(_FINANCE),
    "school": _parse(_SCHOOL),
    "transmittal": _parse(_TRANSMITTAL),
    "insurance": _parse(more.INSURANCE),
    "housing": _parse(more.HOUSING),
    "tax": _parse(more.TAX),
    "bank": _parse(more.BANK),
    "customs": _parse(more.CUSTOMS),
    "utilities": _parse(more.UTILITIES),
    "court": _parse(more.COURT),
    "travel": _parse(more.TRAVEL),
    "vehicle": _parse(more.VEHICLE),
    "research": _parse(more.RESEARCH),
    "farm and food": _parse(more.FARM_AND_FOOD),
}
"""Domain → (label, value kind) pairs."""

CHECKS: list[tuple[str, list[str]]] = _options(CHECK_GROUPS.strip() + more.MORE_CHECKS)
"""(label, options) of groups to tick."""

PARTY_PAIRS: list[tuple[str, str]] = [
    (a.strip(), b.strip())
    for a, b in (
        line.split(",") for line in (PARTIES.strip() + more.MORE_PARTIES).strip().splitlines()
    )
]
"""Headings of two sections that repeat the same labels."""
