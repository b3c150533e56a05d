"""More field labels by domain, options to tick and parties; read by `labels`, which says how."""

INSURANCE = """
name: Policy Owner; Name of Insured; Additional Insured; Claimant Name; Driver at Time of Accident;
  Adjuster Assigned; Witness Name; Contingent Beneficiary; Treating Physician; Broker of Record
id: Policy Certificate No.; Claim Reference; Endorsement No.; Binder No.; Police Report No.; Rider
  Number; Producer Code; Renewal of Policy No.; VIN; Catastrophe Code
date: Inception Date; Date of Accident; Date Reported to Insurer; Coverage From; Coverage Until;
  Date Last Inspected; Date Disability Began; Date Returned to Work; Cancellation Date
money: Sum Insured; Annual Premium; Reserve; Amount Claimed; Salvage Value; Limit per Occurrence;
  Aggregate Limit; Co-payment; Out-of-Pocket Maximum; Surrender Value; Face Amount; Death Benefit
phrase: Peril; Class of Risk; Occupancy; Construction Type; Roof Type; Protection Class; Body Type;
  Nature of Injury; Body Part Injured; Name of Plan; Territory Code; Coverage Type
percent: No-Claims Discount; Participation; Depreciation; Replacement Share
sentence: Description of Accident; Extent of Damage; Exclusions; Circumstances of Loss
address: Location of Risk; Place of Accident; Garaging Address
"""

HOUSING = """
name: Tenant Name; Landlord Name; Property Manager; Co-Tenant; Guarantor; Seller Name; Escrow
  Officer; Previous Landlord; Listing Agent; Selling Agent; Appraiser; Name on Lease
address: Premises Address; Property Location; Forwarding Address; Previous Residence; Mail Keys To
money: Monthly Rent; Security Deposit; Pet Deposit; Cleaning Fee; Late Charge; Earnest Money;
  Purchase Price; Appraised Value; Closing Costs; Property Tax; Homeowner Dues; Application Fee
date: Lease Start; Lease End; Move-In Date; Move-Out Date; Possession Date; Closing Day; Date
  Available; Rent Due On; Date of Inspection; Notice Given On
id: Unit No.; Apartment; Block; Deed Book; MLS No.; Parking Space; Key No.; Meter Key
integer: Bedrooms; Bathrooms; Square Feet; Number of Occupants; Year Built; Number of Pets; Floors
phrase: Type of Dwelling; Heating; Utilities Included; Lease Term; Appliances; Zoning District;
  Flooring; School District; Subdivision; Reason for Moving
sentence: Condition of Premises; Repairs Needed; Special Stipulations; Items Left Behind
"""

TAX = """
name: Name Shown on Return; Taxpayer; Spouse's Name; Preparer's Name; Third Party Designee; Name of
  Fiduciary; Responsible Party; Qualifying Person; Name of Dependent
id: Taxpayer Identification No.; Preparer's PIN; Employer's State ID; Caution No.; Business Code;
  Confirmation Code; Assessment No.; Municipality Code; Filing Reference
money: Wages and Salaries; Taxable Interest; Ordinary Dividends; Capital Gain; Total Deductions;
  Adjusted Gross; Standard Deduction; Estimated Payments; Refund Due; Balance Owed; Amount Withheld;
  Rental Income; Business Income; Alimony Received; Credit Carried Forward; Self-Employment Tax;
  Taxable Pensions; Moving Expenses; Charitable Gifts; Medical Expenses; Underpayment Penalty
date: Tax Year Ending; Date Business Started; Date Placed in Service; Date Acquired; Date Sold;
  Extended Due Date; Fiscal Year Begins
phrase: Filing Status; Accounting Method; Principal Business; Type of Return; Description of
  Property; Method of Depreciation; State of Residence
percent: Business Use; Marginal Rate; Ownership Share; Recovery Rate; Profit Share
integer: Number of Exemptions; Dependents Claimed; Months in Home; Business Miles; Days Rented
"""

BANK = """
name: Account Title; Joint Owner; Remitter; Payer; Relationship Manager; Teller; Authorized Signer;
  Beneficiary Name; Power of Attorney; Nominee
id: Wire Reference; Cheque No.; BIC; Deposit Slip No.; Card Number; Mandate ID; Safe Box No.;
  Customer Reference; Teller No.; End-to-End ID; Collateral No.; Creditor Identifier
money: Deposit Amount; Cash Back; Available Balance; Wire Fee; Amount Financed; Escrow Payment;
  Principal Balance; Overdraft Limit; Cheque Amount; Total Deposited; Interest Earned; Payoff Amount
date: Date of Deposit; Execution Date; First Payment Due; Date of Note; Statement Closing; Card
  Expires; Standing Order Starts; Date of Last Payment
company: Receiving Bank; Ordering Bank; Intermediary Bank; Card Issuer; Credit Union; Co-Maker
percent: Nominal Rate; Effective Yield; Loan to Value; Margin; Default Rate
phrase: Purpose of Payment; Purpose of Loan; Source of Funds; Collateral; Transfer Type; Frequency
  of Payment; Statement Delivery; Charges Borne By
integer: Number of Payments; Term in Months; Number of Cheques; Coins
"""

CUSTOMS = """
name: Declarant Name; Traveller; Customs Officer; Exporter's Agent; Master of Vessel; Signatory
company: Importer of Record; Exporter; Manufacturer Name; Surety; Bonded Warehouse; Ultimate
  Consignee; Clearing Agent; Terminal Operator
id: Entry No.; Tariff Heading; Manifest No.; EORI No.; Import Licence; Bond No.; IMO No.; Flight
  No.; Permit Reference; Origin Certificate No.; Cargo Control No.; Movement Reference
money: Entered Value; Duty Payable; Statistical Value; CIF Value; FOB Value; Anti-Dumping Duty;
  Excise; Handling Fee; VAT Payable; Declared Currency Amount
date: Date of Entry; Export Date; Import Date; Date of Clearance; Date of Issue of Permit; Sailing
phrase: Country of Export; Country of Destination; Port of Entry; Nature of Transaction; Procedure
  Code; Kind of Packages; Preference Claimed; Mode at the Border; Place of Loading; Goods Examined
measure: Gross Mass; Net Mass; Supplementary Units; Volume in Litres; Temperature on Arrival
integer: Number of Items; Total Packages; Containers; Crew Members; Seals Affixed
sentence: Marks and Description; Remarks of Officer; Commercial Description
"""

UTILITIES = """
name: Account Holder Name; Meter Reader; Service Technician; Customer of Record; Landowner
id: Meter No.; Service Account; Premise ID; Contract Account; Route; Pole No.; Transformer No.; Work
  Ticket; Disconnect Order No.; Tariff Code
money: Basic Charge; Energy Charge; Fuel Adjustment; Amount of Last Bill; Past Due Amount; Budget
  Billing Amount; Reconnection Fee; Total Current Charges; Sewer Charge; Water Charge; Tax on Usage
date: Meter Read Date; Next Read Date; Service From; Service To; Turn-On Date; Shut-Off Date; Bill
  Date; Pay By
measure: Usage; Previous Reading; Present Reading; Demand; Average Daily Use; Pressure; Flow Rate;
  Line Voltage; Multiplier; Pipe Diameter
integer: Days in Period; Billing Days; Number of Meters; Outages Reported
phrase: Rate Schedule; Type of Service; Fuel Type; Meter Location; Reason for Visit; Cycle; Supply
  Zone; Appliance Tested; Read Type
address: Service Address; Service Location; Pole Location
sentence: Work Performed; Condition of Meter; Message to Customer
"""

COURT = """
name: Judgment Debtor; Judgment Creditor; Presiding Judge; Clerk of Court; Guardian ad Litem;
  Process Server; Respondent; Decedent; Executor; Testator; Affiant; Surviving Spouse
id: Case Caption No.; Bar No.; Warrant No.; Citation No.; Badge No.; Exhibit No.; Book and Page;
  Instrument No.; Inmate No.; Probate No.
date: Date of Filing; Date of Service; Date of Death; Date of Marriage; Arraignment Date; Date of
  Offense; Return Date; Sentencing Date; Decree Entered
money: Bail Amount; Judgment Amount; Court Costs; Attorney Fees; Fine; Restitution; Monthly Support;
  Estate Value; Bond Posted
phrase: Cause of Action; Offense Charged; Plea; Venue; Relief Sought; Disposition; Grounds; Type of
  Hearing; Relationship to Decedent; Verdict
address: Address for Service; Last Known Address; Place of Offense
integer: Number of Counts; Number of Children; Days Served; Number of Heirs
sentence: Statement of Facts; Order of the Court; Conditions of Release; Findings
"""

TRAVEL = """
name: Traveler Name; Guest Name; Passenger; Approving Officer; Booked By; Emergency Contact Name;
  Tour Leader; Second Driver
id: Reservation No.; Ticket No.; Seat; Rate Code; Frequent Flyer No.; Visa No.; Rental Agreement
  No.; Trip No.; Membership No.; Gate; Locator
date: Departs On; Returns On; Check-In; Check-Out; Pick-Up Date; Drop-Off Date; Passport Expires;
  Date Booked; Cancel By
money: Air Fare; Lodging; Meals; Mileage Amount; Room Rate; Per Diem; Advance Received; Amount
  Reimbursable; Parking and Tolls; Registration Fee; Daily Rate; Resort Fee; Cash Advance
phrase: Destination City; Room Type; Car Class; Meal Preference; Airline; Hotel Name; Mode of
  Travel; Visa Type; Nationality of Guest; Bed Type; Special Requests
integer: Nights; Miles Driven; Number of Guests; Number of Bags; Adults; Children
time: Departure Time; Arrival Time; Pick-Up Time; Wake-Up Call
"""

VEHICLE = """
name: Registered Owner; Lienholder; Mechanic; Dealer Representative; Service Advisor; Operator Name
id: Stock No.; Engine No.; Repair Order; Title No.; Registration Plate; Key Code; Paint Code; Fleet
  No.; Tag No.; Inspection Sticker
phrase: Make; Model; Colour; Transmission; Fuel; Body Style; Trim; Tyre Size; Drive; Condition of
  Vehicle; Type of Service Done; Work Requested
integer: Odometer; Mileage In; Mileage Out; Cylinders; Doors; Axles; Number of Keys; Seats
money: Sale Price; Trade-In Allowance; Parts Total; Labor Total; Shop Supplies; Title Fee; Licence
  Fee; Core Charge; Towing; Doc Fee
date: First Registered; Date Promised; In-Service Date; Last Oil Change; Warranty Ends; Date of Sale
measure: Oil Pressure; Tread Depth; Brake Lining; Kerb Weight; Battery Voltage; Coolant Level
sentence: Customer States; Cause; Correction; Damage Noted
"""

RESEARCH = """
name: Lead Investigator; Subject Initials; Site Coordinator; Monitor; Data Manager; Grantee; Editor;
  Corresponding Author; Reviewer; Project Officer
id: Grant No.; Subject No.; Site No.; Randomization No.; Visit No.; Batch Tested; Kit No.; Catalog
  No.; Manuscript No.; Award No.; Instrument ID; Slide No.
date: Date Received in Laboratory; Date Assayed; Project Start; Project End; Date of Consent; Date
  Randomized; Date Revised by Author; Date Thawed
measure: Sample Volume; Wavelength; Absorbance; Flow; Column Temperature; Retention Time; Detection
  Limit; Standard Deviation; Mean Value; Ash; Particle Size; Refractive Index; Injection Volume
phrase: Matrix; Reagent; Buffer; Treatment Group; Carrier Gas; Detector; Assay; Stain; Organism;
  Sponsor's Protocol; Discipline; Journal; Storage Condition; Container
percent: Relative Humidity; Yield; Purity Found; Coefficient of Variation; Moisture Content
integer: Number of Runs; Dilution Factor; Replicate; Animals per Group; Participants Enrolled; Plate
money: Direct Costs; Indirect Costs; Total Requested; Amount Awarded; Equipment Cost; Stipend
sentence: Adverse Events; Deviations; Abstract; Specific Aims; Comments of Reviewer
"""

FARM_AND_FOOD = """
name: Grower; Farm Operator; Inspector Name; Head Chef; Weighmaster; Veterinarian; Caterer
id: Field No.; Herd No.; Ear Tag; Lot Code; Establishment No.; Scale Ticket; Bin No.; Premises ID
measure: Acreage; Test Weight; Milk Yield; Core Temperature; Serving Size; Rainfall; Fill Weight;
  Soil pH; Brix; Shelf Height
date: Planting Date; Harvest Date; Best Before; Date Slaughtered; Kill Date; Sampled On; Use By
phrase: Crop; Variety; Breed; Soil Type; Fertilizer; Pesticide; Grade of Produce; Storage;
  Allergens; Kind of Animal; Menu; Irrigation
integer: Head Count; Number of Cartons; Servings; Hives; Trays; Calories
percent: Moisture of Grain; Butterfat; Protein; Dockage; Germination
money: Price per Bushel; Crop Value; Market Price; Feed Cost; Event Price; Service Charge
sentence: Corrective Action; Observed Violations; Preparation
"""

MORE_CHECKS = """
Filing Status: Single, Married filing jointly, Married filing separately, Head of household
Type of Account: Personal, Joint, Business, Trust
Reason for Claim: Accident, Illness, Theft, Fire, Water damage
Vehicle Drivable: Yes, No, Unknown
Type of Loan: Fixed, Adjustable, Balloon, Line of credit
Property Use: Owner occupied, Rental, Vacation, Vacant
Utilities Paid by Tenant: Water, Gas, Electricity, Trash
Race of Applicant: White, Black, Asian, Other, Not stated
Veteran: Yes, No
Has the patient been admitted before?: Yes, No
Are you currently employed?: Yes, No
Do you have other insurance?: Yes, No
Have you filed before?: Yes, No
Language Preferred: English, Spanish, French, Chinese, Other
Mode of Shipment: Truck, Rail, Vessel, Air freight
Incoterm: EXW, FOB, CIF, DDP
Hazardous Material: Yes, No
Goods Received In: Good order, Damaged, Short, Refused
Method of Delivery: Pick up, Courier, Registered mail, Electronic
Meal Choice: Beef, Fish, Vegetarian, Vegan
Room Preference: Smoking, Non-smoking
Class of Travel: Economy, Business, First
Service Level: Standard, Express, Overnight
Type of Entity: Individual, Partnership, Corporation, LLC, Nonprofit
Level of Education: High school, College, Graduate, Doctorate
Pay Basis: Hourly, Salary, Commission
Reason for Leaving: Resigned, Laid off, Discharged, Retired
Leave Requested: Sick, Vacation, Personal, Jury duty, Military
Rating: Outstanding, Satisfactory, Needs improvement, Unsatisfactory
Grade Entering: Kindergarten, Elementary, Middle, High
Transportation: Bus, Car, Walk
Permission Granted: Yes, No
Blood Group: A, B, AB, O
Severity: Mild, Moderate, Severe
Specimen: Blood, Urine, Saliva, Tissue
Result of Test: Negative, Positive, Inconclusive
Sample Condition: Frozen, Chilled, Ambient
Plea: Guilty, Not guilty, No contest
Hearing Type: Initial, Review, Final
Type of Service: Residential, Commercial, Industrial
Meter Type: Analog, Digital, Smart
Fuel: Petrol, Diesel, Electric, Hybrid
Transmission Type: Manual, Automatic
Title Status: Clear, Salvage, Rebuilt
Work Performed Under: Warranty, Customer pay, Internal
Publicity: Television, Radio, Print, Outdoor, Online
Spot Length: 15 seconds, 30 seconds, 60 seconds
Order Status: New, Revised, Cancelled, Confirmed
Billing Cycle: Weekly, Monthly, End of flight
Type of Statement: Original, Corrected, Final
Taxable: Yes, No
Signature on File: Yes, No
Urgent: Yes, No
Please Reply: By phone, By fax, By mail, No reply needed
For Your: Information, Approval, Signature, Comment, Files
Attachment Included: Yes, No
"""

MORE_PARTIES = """
Exporter, Importer
Insured, Beneficiary
Driver 1, Driver 2
Vehicle 1, Vehicle 2
Lessor, Lessee
Taxpayer, Spouse
Payer, Payee
Sending Bank, Receiving Bank
Pick-Up, Delivery
Departure, Return
Petitioner, Respondent
Grantor, Grantee
Assignor, Assignee
Employer, Employee
Student, Guardian
Physician, Hospital
Client, Attorney
Before, After
Original Order, Revised Order
Site A, Site B
Manufacturer, Distributor
Applicant, Reference
Morning, Afternoon
"""
