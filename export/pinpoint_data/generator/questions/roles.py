"""The wordings of questions for things that a page may hold without any label."""

_COMPANY = """
What is the name of the company on the receipt?
What is the name of the company on the receipt?
What is the name of the company on the receipt?
Which company issued the receipt?
What is the name of the shop?
What is the store's name?
Who is the seller?
Who issued this receipt?
Which shop is this from?
What is the merchant name?
What is the vendor's name?
Where was this bought?
company
company name
Name of the business
Which restaurant or store is it?
"""
_ADDRESS = """
What is the address of the company on the receipt?
What is the address of the company on the receipt?
What is the address of the company on the receipt?
What is the address of the shop?
What is the store's address?
Where is the shop located?
Where is the company located?
What address is printed on the receipt?
address
shop address
Give the address of the merchant.
At which address was the purchase made?
"""
_DATE = """
What is the date on the receipt?
What is the date on the receipt?
What is the date on the receipt?
When was the receipt issued?
On what date was the purchase made?
What is the transaction date?
What is the receipt date?
When was this bought?
date
date of purchase
Which day is printed on the receipt?
What is the invoice date of the receipt?
"""
_TOTAL = """
What is the total amount on the receipt?
What is the total amount on the receipt?
What is the total amount on the receipt?
What is the total?
What is the receipt total?
How much is the total?
How much was the bill?
How much has to be paid?
What is the grand total?
What is the amount due?
What is the total price?
total
total amount
How much did the customer spend in total?
What is the final amount including tax?
"""
_SIMPLE = {
    "company": _COMPANY,
    "address": _ADDRESS,
    "date": _DATE,
    "total": _TOTAL,
    "time": """
What time is on the receipt?
At what time was the purchase made?
What is the time of the transaction?
When during the day was the receipt printed?
time
""",
    "subtotal": """
What is the subtotal?
What is the amount before tax?
How much is the sub total?
subtotal
What is the total excluding tax?
""",
    "tax": """
How much is the tax?
What is the tax amount?
How much tax was charged?
What is the GST or sales tax?
tax
tax amount
""",
    "cash": """
How much was paid?
How much cash was tendered?
What amount did the customer pay?
What is the amount paid?
cash
""",
    "change": """
How much change was given?
What is the change?
How much money was returned to the customer?
change
""",
    "number": """
What is the receipt number?
What is the number of the receipt?
What is the invoice or receipt number?
receipt no
What is the bill number?
""",
    "cashier": """
Who was the cashier?
Who served the customer?
What is the name of the cashier?
cashier
""",
    "phone": """
What is the phone number of the shop?
What is the telephone number of the company?
What number can the shop be called on?
phone
telephone number
""",
    "tax_id": """
What is the GST number?
What is the tax registration number?
What is the GST ID of the company?
tax id
""",
    "contract_number": """
What is the contract or invoice number?
What is the contract or invoice number?
What is the contract or invoice number?
What is the contract number?
What is the invoice number?
What is the order number?
What is the number of this contract?
Which contract is this?
contract number
invoice no
""",
    "advertiser": """
Who is the advertiser?
Who is the advertiser?
Who is the advertiser?
What is the name of the advertiser?
Which advertiser placed the order?
Who ordered the spots?
Who is the client?
Who is advertising?
On whose behalf are the ads run?
advertiser
advertiser name
""",
    "agency": """
Who is the agency?
What is the name of the agency?
Which agency placed the order?
Which agency is named on the contract?
agency
""",
    "product": """
What is the product?
Which product is advertised?
What product is named in the order?
product
""",
    "flight_start": """
What is the flight start date?
What is the flight start date?
What is the flight start date?
When does the flight start?
When does the schedule begin?
What is the start date of the contract?
On which date do the ads start to run?
flight start
flight from
When does the campaign start?
""",
    "flight_end": """
What is the flight end date?
What is the flight end date?
What is the flight end date?
When does the flight end?
When does the schedule end?
What is the end date of the contract?
On which date does the advertising end?
flight end
flight to
When does the campaign end?
""",
    "gross": """
What is the gross amount?
What is the gross amount?
What is the gross amount?
What is the total gross amount?
How much is the gross total?
What is the gross?
How much does the whole order cost before commission?
gross amount
What is the total amount of the order?
""",
    "net": """
What is the net amount?
What is the net total?
How much is due net of commission?
What is the total after the agency commission?
net amount
""",
    "commission": """
What is the agency commission?
How much commission does the agency get?
How much is the commission?
agency commission
""",
    "station": """
Which station is it?
What is the station?
On which station will the ads run?
station
""",
    "estimate": """
What is the estimate number?
What is the estimate?
estimate number
""",
    "salesperson": """
Who is the account executive?
Who is the salesperson?
Who sold the order?
who sold it
""",
    "recipient": """
To whom is it addressed?
Who is the recipient?
Who is the letter addressed to?
Who was this sent to?
recipient
Who received the message?
What is the name of the addressee?
""",
    "sender": """
Who is the sender?
Who sent this?
Who wrote the memo?
From whom is it?
sender
Who is it from?
""",
    "subject": """
What is the subject?
What is it about?
What is the memo regarding?
What is the subject line?
subject
""",
    "copies": """
Who receives a copy?
Who is copied?
Who is in cc?
""",
    "fax": """
What is the fax number?
Which number was the fax sent to?
faxed to
""",
    "telephone": """
What is the telephone number?
What is the phone number?
telephone
""",
    "pages": """
How many pages are there?
How many pages were sent?
What is the number of pages?
""",
    "signer": """
Who signed the letter?
What is the name below the signature?
Who is the author?
signed by
""",
    "signer_title": """
What is the job title of the person who signed?
What is the position of the signer?
""",
    "letterhead": """
Which company's letterhead is it?
What company is the letter from?
What is the name of the organization at the top?
Which company sent this?
""",
    "letterhead_address": """
What is the address in the letterhead?
What is the sender's address?
""",
    "recipient_address": """
What is the address of the recipient?
To which address was the letter sent?
""",
    "stamp_word": """
What does the stamp say?
Which word is stamped on the page?
What is stamped on it?
What is written on the stamp?
text of the stamp
What does the rubber stamp read?
""",
    "stamp_date": """
What is the date on the stamp?
Which date is stamped?
When was it stamped?
stamped date
What date does the stamp show?
On which day was the page stamped?
""",
    "buyer": """
Who is the buyer?
What is the name of the buyer?
Who bought the time?
""",
}

_DATED = """
What is the date?
When was it written?
What is the date of the letter?
What is the date of the memo?
When was this sent?
date
On which day was it dated?
"""

BY_ROLE: dict[str, tuple[str, ...]] = {
    role: tuple(block.strip().splitlines()) for role, block in _SIMPLE.items()
}
"""Role → wordings."""

LETTER_DATE = tuple(_DATED.strip().splitlines())
"""The wordings for the date of a letter, which is no receipt's."""

KIND_QUESTIONS: dict[str, list[str]] = {
    "receipt": [
        "subtotal",
        "tax",
        "cash",
        "change",
        "number",
        "cashier",
        "phone",
        "tax_id",
        "time",
    ],
    "invoice": ["agency", "net", "commission", "estimate", "salesperson", "buyer"],
    "order": ["agency", "estimate", "salesperson", "buyer", "product"],
    "letter": ["copies", "fax", "telephone", "pages", "signer", "signer_title"],
}
"""Document kind → roles that a page of it may lack; asking for them then has no answer."""
