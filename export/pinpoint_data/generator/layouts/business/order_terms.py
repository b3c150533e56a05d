"""What broadcast orders and invoices print: labels of the header, headings of the columns."""

_LABELS = """
contract_number: Contract #; Contract; Contract Number; Invoice Number; Invoice #; Order Number;
  Order #; Invoice No.; Contract / Revision; Order; Estimate/Order No.; Contract ID
advertiser: Advertiser; Advertiser Name; Client; Account; Advertiser/Product; Sponsor
agency: Agency; Agency Name; Buying Agency; Ad Agency
product: Product; Product Desc; Brand; Product Name; Campaign
flight_start: Flight Start; Flight Start Date; Start Date; Order Start Date; Schedule Start; Flight
  Start
flight_end: Flight End; Flight End Date; End Date; Order End Date; Schedule End
flight: Flight Dates; Flight; Contract Dates; Schedule Dates; Order Flight; Flight Date; Period;
  Order Dates; Contract Period
gross: Gross Amount; Total Gross; Gross Total; Gross; Gross Billing; Gross Amt; Total Gross Amount;
  Order Gross; Total Amount; Totals; Grand Total; Total Charges
net: Net Amount; Total Net; Net Due; Net Total; Net Amount Due; Net
commission: Agency Commission; Agency Comm.; Commission; Less Agency Commission; Agency Comm %
station: Station; Property; Market; Station(s); Outlet
estimate: Estimate #; Estimate; Est #; CPE; Estimate Number; Alt Order #
salesperson: Salesperson; AE; Sales Rep; Primary AE; Acct Exec
buyer: Buyer; Buyer Name; Media Buyer; Contact
print_date: Print Date; Date Entered; Invoice Date; Order Date; Date; Original Date / Revision; Last
  Modified; Entered
billing: Billing Type; Billing Cycle; Billing Calendar; Terms; Order Type; Cash/Trade; Revenue Code
demographic: Demographic; Demo; Primary Demo; Target Demo
office: Sales Office; Region; Sales Region; Office
"""


def _parse(block: str) -> dict[str, list[str]]:
    rows = block.strip().replace("\n  ", " ").splitlines()
    pairs = (row.split(": ", 1) for row in rows)
    return {role: labels.split("; ") for role, labels in pairs}


LABELS: dict[str, list[str]] = _parse(_LABELS)
"""Role → the labels that print it."""

COLUMNS = {
    "line": ("Line", "Ln", "#", "*Line"),
    "channel": ("Ch", "Station", "Property", "Daypart"),
    "start": ("Start Date", "Start", "Date", "Air Date", "Dates"),
    "end": ("End Date", "End", "Thru"),
    "program": ("Description", "Program", "Program Name", "Line Description", "Inventory Code"),
    "time": ("Start/End Time", "Time", "Times", "Run Times", "Daypart"),
    "days": ("Days", "Weekdays", "MTWTFSS", "Mo Tu We Th Fr Sa Su"),
    "length": ("Length", "Len", "Sec", "Dur"),
    "week": ("Spots/Week", "Spts/Wk", "SPW", "/Wk"),
    "rate": ("Rate", "Unit Rate", "Spot Rate", "Cost"),
    "type": ("Type", "Pri", "Class"),
    "spots": ("Spots", "Total Spots", "# Spots", "Units"),
    "amount": ("Amount", "Total", "Line Total", "Gross", "Extended"),
}
RIGHT = {"rate", "amount", "spots", "week"}
