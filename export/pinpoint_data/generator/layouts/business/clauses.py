"""The clauses of agreements: headings, sentences with slots for values, and what is asked of them.

A clause is a line `# heading`, lines of text with slots such as `{money:rent}` (value kind and
name), and a line `? name: question; question` for each slot that is asked for. The name of the
value kind says how `agreement` makes it; `{a}` and `{b}` are what the parties are called.
"""

import re
from dataclasses import dataclass, field

_CLAUSES = """
# Term
This Agreement shall commence on {date:start} and shall continue for a period of {period:term},
unless sooner terminated as provided herein.
? start: When does the agreement commence?; What is the commencement date?; On which date does the
  agreement begin?; When does the term start?
? term: What is the term of the agreement?; How long does the agreement run?; For what period is
  the agreement made?; What is the duration of the agreement?
# Governing Law
This Agreement shall be governed by and construed in accordance with the laws of {state:law},
without regard to its conflict of laws principles.
? law: Which law governs the agreement?; What is the governing law?; Under the laws of which state
  is the agreement construed?; Whose laws apply?
# Termination
Either party may terminate this Agreement without cause upon {days:notice} prior written notice to
the other party. Termination shall not affect any rights that accrued before it took effect.
? notice: What is the notice period for termination?; How much notice must be given to terminate?;
  How many days' notice does termination take?; How long before must termination be announced?
# Rent
The {b} shall pay to the {a} as rent the sum of {money:rent} per month, payable in advance on or
before the {ordinal:rent_day} day of each calendar month.
? rent: How much is the monthly rent?; What is the rent per month?; What does the tenant pay each
  month?
? rent_day: On which day of the month is the rent due?; By which day must the rent be paid?
# Security Deposit
Upon execution of this Agreement the {b} shall deposit with the {a} the sum of {money:deposit} as
security for the faithful performance of all obligations, to be returned within {days:refund}
after
the end of the term, less any lawful deductions.
? deposit: How much is the security deposit?; What sum is deposited as security?; What is the
  amount of the deposit?
? refund: Within how many days is the deposit returned?; When must the deposit be given back?
# Compensation
In full consideration of the services the {a} shall pay the {b} a fee of {money:fee}, payable in
{number:parts} equal instalments against proper invoices.
? fee: How much is the fee?; What is the compensation for the services?; What does the agreement
  pay for the services?
? parts: In how many instalments is the fee paid?; How many instalments are there?
# Purchase Price
The total purchase price for the goods described in the attached schedule is {money:price}, of
which
{money:down} is due upon signing and the balance upon delivery.
? price: What is the purchase price?; How much do the goods cost in all?; What is the total price
  of the goods?
? down: How much is due upon signing?; What amount must be paid at signing?; What is the down
  payment?
# Late Payment
Any amount not paid when due shall bear interest at the rate of {percent:interest} per annum from
the due date until paid, together with a late charge of {money:late}.
? interest: What is the interest rate on late payments?; At which rate do overdue amounts bear
  interest?
? late: How much is the late charge?; What charge is added to late payments?
# Insurance
The {b} shall maintain at its own expense commercial general liability insurance with limits of
not
less than {money:cover} per occurrence and shall name the {a} as an additional insured.
? cover: What is the minimum insurance coverage?; How much liability insurance is required?; What
  limit must the insurance have?
# Confidentiality
Each party shall hold the Confidential Information of the other in strict confidence during the
term
and for a period of {period:secrecy} thereafter, and shall use it solely for the purposes hereof.
? secrecy: How long do the confidentiality duties last?; For how long after the term is
  information kept confidential?
# Notices
All notices shall be in writing and delivered to {name:contact} at {address:notice_address}, with
a
copy sent by electronic mail to {email:notice_mail}.
? contact: To whom must notices be delivered?; Who receives the notices?
? notice_address: To which address are notices sent?; What is the address for notices?
? notice_mail: What is the e-mail address for notices?; To which e-mail address does a copy of
  notices go?
# Limitation of Liability
In no event shall the aggregate liability of either party under this Agreement exceed
{money:cap}, whether in contract, tort or otherwise.
? cap: What is the limit of liability?; To what amount is liability limited?; How much is the cap
  on liability?
# Delivery
The {a} shall deliver the goods to {address:delivery} not later than {date:delivery_date}, time
being
of the essence.
? delivery_date: By when must the goods be delivered?; What is the latest delivery date?; What is
  the delivery deadline?
? delivery: Where are the goods delivered?; What is the delivery address?
# Warranty
The {a} warrants that the goods shall be free from defects in material and workmanship for a
period
of {period:warranty} from the date of delivery.
? warranty: How long is the warranty?; What is the warranty period?; For how long are the goods
  warranted?
# Renewal
This Agreement shall renew automatically for successive periods of {period:renewal} unless either
party gives written notice of non-renewal at least {days:renewal_notice} before the end of the
term.
? renewal: For how long does the agreement renew?; What is the renewal period?
? renewal_notice: How long before the end must non-renewal be announced?; What notice does non-
  renewal take?
# Arbitration
Any dispute arising out of this Agreement shall be finally settled by arbitration in {place:seat}
before {number:arbitrators} arbitrators, one of whom shall be appointed by each party.
? seat: Where does arbitration take place?; What is the seat of arbitration?; In which city are
  disputes arbitrated?
? arbitrators: How many arbitrators are there?; By how many arbitrators is a dispute settled?
# Loan
The {a} agrees to lend to the {b} the principal sum of {money:principal}, bearing interest at
{percent:loan_rate} per annum and to be repaid in full on or before {date:maturity}.
? principal: What is the principal sum of the loan?; How much is lent?; What is the loan amount?
? loan_rate: What is the interest rate of the loan?; At what rate does the loan bear interest?
? maturity: When must the loan be repaid?; What is the maturity date of the loan?
# Position and Duties
The {a} employs the {b} as {job:position}, reporting to {name:superior}, at the office in
{place:office}, and the {b} accepts such employment.
? position: As what is the employee hired?; What position does the agreement give?; What is the
  job title?
? superior: To whom does the employee report?; Who is the superior?
? office: Where is the place of work?; In which city is the office?
# Salary
The {a} shall pay the {b} a base salary of {money:salary} per year in accordance with its usual
payroll practices, and the {b} shall be entitled to {number:vacation} days of paid vacation a
year.
? salary: What is the base salary?; How much is the annual salary?; What does the employee earn a
  year?
? vacation: How many vacation days are granted?; How many days of paid vacation are there a year?
# Royalties
The {b} shall pay the {a} a royalty of {percent:royalty} of net sales within {days:royalty_days}
after the end of each calendar quarter, accompanied by a statement of sales.
? royalty: What is the royalty rate?; Which share of net sales is paid as royalty?; How high is
  the royalty?
? royalty_days: Within how many days after a quarter are royalties paid?; When are royalties due?
# Territory
The rights granted hereunder may be exercised in {place:territory} and its surrounding counties
only,
and not elsewhere without prior written consent.
? territory: What is the territory?; Where may the rights be exercised?
# Premises
The {a} hereby lets to the {b} the premises known as {address:premises}, consisting of
approximately
{number:area} rooms, for use as {purpose:use} and for no other purpose.
? premises: What is the address of the premises?; Which premises are let?; Where are the premises?
? use: For what may the premises be used?; What is the permitted use?
? area: How many rooms do the premises have?; Of how many rooms do the premises consist?
# Payment Terms
Invoices are due and payable within {days:pay} of receipt by wire transfer to account number
{id:account} at {company:bank}.
? pay: Within how many days are invoices payable?; What are the payment terms?; When are invoices
  due?
? account: What is the account number for payments?; To which account are payments made?
? bank: At which bank is the account?; What is the name of the bank?
# Inspection
The {b} may inspect the records of the {a} upon {days:inspect} notice and not more than
{number:audits} times in any calendar year.
? inspect: How much notice does an inspection take?; How long before is an inspection announced?
? audits: How many inspections are allowed a year?; How many times a year may records be
  inspected?
# Liquidated Damages
For each day of delay the {a} shall pay to the {b} the sum of {money:damages} as liquidated
damages
and not as a penalty.
? damages: How much are the liquidated damages for each day?; What is paid for each day of delay?
# Non-Competition
For {period:ban} after the end of this Agreement the {b} shall not compete with the {a} within
{number:miles} miles of {place:ban_place}.
? ban: How long does the non-competition clause last?; For how long may the party not compete?
? miles: Within how many miles is competition barred?; How many miles does the ban on competition
  reach?
? ban_place: Around which place is competition barred?; Around which city does the ban apply?
# Milestones
The first draft shall be submitted by {date:draft} and the final report by {date:final}, each
subject
to written acceptance by {name:acceptor}.
? draft: When is the first draft due?; By when must the first draft be submitted?
? final: When is the final report due?; By when must the final report be submitted?
? acceptor: Who accepts the drafts?; Whose acceptance do the reports need?
# Assignment
Neither party may assign this Agreement without the written consent of the other, except to
{company:assignee} or a successor to substantially all of its business.
? assignee: To whom may the agreement be assigned?; To which company is assignment allowed?
# Expenses
The {a} shall reimburse reasonable travel expenses not exceeding {money:expenses} per month,
against
receipts submitted within {days:receipts} of the expense.
? expenses: Up to what amount are expenses reimbursed?; What is the monthly limit for expenses?
? receipts: Within how many days must receipts be submitted?; How soon are receipts handed in?
# Contract Administration
This Agreement bears the number {id:number}, supersedes the agreement dated {date:former}, and is
administered for the {a} by {name:admin}.
? number: What is the number of the agreement?; Which contract number does it bear?
? former: What is the date of the superseded agreement?; Which dated agreement does this one
  replace?
? admin: Who administers the agreement?; By whom is the agreement administered?
"""

BOILERPLATE = (
    "No waiver of any breach shall be deemed a waiver of any subsequent breach.",
    "If any provision is held invalid, the remaining provisions shall remain in full force.",
    "This Agreement may be amended only by a writing executed by both parties.",
    "The headings are for convenience only and shall not affect interpretation.",
    "This instrument may be executed in counterparts, each of which is an original.",
    "Time periods expressed in days refer to calendar days unless stated otherwise.",
    "The parties are independent contractors and nothing herein creates a partnership.",
    "Each party shall comply with all applicable statutes, ordinances and regulations.",
    "The recitals and the attached exhibits form an integral part hereof.",
    "The {b} shall promptly inform the {a} of any circumstance that may cause delay.",
    "The {a} shall have the right, but not the obligation, to remedy any default of the {b}.",
    "Nothing contained herein shall be construed to limit remedies available at law or in equity.",
    "The {b} shall keep proper books and records in accordance with accepted practice.",
    "Neither party is responsible for failure to perform caused by events beyond its control.",
    "The obligations of the {b} under this Section shall survive expiration.",
    "Words in the singular include the plural and words of one gender include all genders.",
    "The {a} represents that it has full power and authority to enter into this Agreement.",
    "All work shall be performed in a professional and workmanlike manner.",
    "The {b} shall indemnify and hold harmless the {a} from third-party claims.",
    "This Agreement shall inure to the benefit of the parties, their heirs and successors.",
    "The parties have read this Agreement and had the opportunity to consult counsel.",
    "Consent shall not be unreasonably withheld, conditioned or delayed.",
    "The {b} accepts the property in its present condition and acknowledges having examined it.",
    "Any schedule may be replaced by a later one that both parties have initialled.",
)

SLOT = re.compile(r"\{(\w+):(\w+)\}")


@dataclass(frozen=True)
class Clause:
    """One clause; `questions` are the wordings for each slot's name."""

    heading: str
    text: str
    questions: dict[str, tuple[str, ...]] = field(default_factory=dict)


def _parse(block: str) -> tuple[Clause, ...]:
    clauses = []
    # A line that begins with blanks goes on with the one before.
    for part in block.strip().replace("\n  ", " ").removeprefix("# ").split("\n# "):
        heading, *rest = part.splitlines()
        text = " ".join(line for line in rest if not line.startswith("?"))
        asked = {}
        for line in rest:
            if line.startswith("?"):
                name, wordings = line[1:].split(":", 1)
                asked[name.strip()] = tuple(w.strip() for w in wordings.split(";"))
        clauses.append(Clause(heading, text, asked))
    return tuple(clauses)


CLAUSES: tuple[Clause, ...] = _parse(_CLAUSES)
