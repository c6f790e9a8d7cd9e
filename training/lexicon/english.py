"""English."""

from training.lexicon.terms import Lexicon, labels, phrases, words
from training.word_lists import (
    CITIES,
    FIRST_NAMES,
    HEADINGS,
    ITEMS,
    LAST_NAMES,
    MONTHS,
    OFFICE_WORDS,
    STREETS,
)

ENGLISH = Lexicon(
    language="english",
    frequent=words(
        """
        the of and to a in is that for it was on are as with be by this at from or not have an which we our
        your you his her has had but were been their they will would can could should may must if when there
        than then also only other more most some such no any all each both one two three first last new
        about into over after before between under during without through because while where who what how
        these those its
        """
    ) + OFFICE_WORDS,
    months=MONTHS,
    first_names=FIRST_NAMES,
    last_names=LAST_NAMES,
    cities=CITIES,
    street_forms=(
        "{number} {street} Street", "{number} {street} St.", "{number} {street} Avenue", "{number} {street} Road",
        "{number} {street} Lane", "{number} {street} Drive",
    ),
    streets=STREETS,
    city_form="{city} {code}",
    company_forms=(
        "{name} Ltd", "{name} Ltd.", "{name} Inc.", "{name} & Sons", "{name} LLC", "{name} plc", "The {name} Company",
    ),
    salutations=(
        "Dear Sir or Madam,", "Dear Mr {last},", "Dear Ms {last},", "Dear Mrs {last},", "Dear Dr {last}:",
        "Dear colleagues,", "To whom it may concern:", "Dear team,", "Hello {last},", "Dear Mr. {last}:",
    ),
    closings=(
        "Yours sincerely,", "Yours faithfully,", "Kind regards,", "Best regards,", "Sincerely,", "With best wishes,",
        "Regards,",
    ),
    sentences=phrases(
        """
        Thank you for your letter of {date}.
        Please find enclosed our invoice {code} for {money}.
        We confirm receipt of your order no. {code}, dated {date}.
        The total amount of {money} is due within {number} days.
        If you have any questions, please do not hesitate to contact us at {email}.
        Payment should be made by bank transfer, quoting reference {code}.
        The meeting will be held on {date} in room {number}.
        We regret to inform you that delivery will be delayed until {date}.
        The board approved the budget and asked {name} to report back.
        All figures are in thousands unless stated otherwise.
        Revenue rose by {percent} to {money}, while costs fell by {percent}.
        I am writing with regard to my application of {date}.
        The goods were damaged in transit and must be replaced at your expense.
        You can reach our office at {phone} from Monday to Friday.
        This agreement may be terminated by either party with one month's notice.
        The tenant shall pay the rent in advance on the first day of each month.
        She didn't know whether it would work, but he'd tried it twice.
        It was the first time that anyone had asked him about the house by the river.
        Don't forget to sign the form and return it before {date}.
        {name} will prepare the minutes and send them to all members.
        Results are shown in table {number}; see also section {number}.
        The patient was seen by {name} and can be discharged.
        """
    ),
    headings=(*HEADINGS, "Executive summary",
        "Next steps", "Action items", "Open questions", "Scope of work", "Warranty", "Contents"),
    fields=labels(
        name="Name|First name|Last name|Customer|Contact|Manager|Patient|Doctor|Author|Sold by|Signed by|Prepared by",
        date="Date|Due date|Order date|Invoice date|Delivery date|Start date|End date|Date of birth|Valid until",
        code="Invoice number|Invoice No.|Order number|Customer ID|Account number|Reference|Our ref.|Your ref.|Policy "
        "number|Case number|Ticket|Flight|Serial number|Model|SKU|Project code|Tax ID|Passport no.|Licence plate",
        money="Total|Subtotal|Tax|VAT|Amount due|Balance|Discount|Shipping|Unit price|Salary|Deposit|Rent",
        phone="Phone|Fax|Mobile|Tel.",
        email="Email|E-mail",
        address="Address|Bill to|Ship to|Place of birth",
        iban="IBAN|Account",
        web="Website|Web|URL",
        percent="Tax rate|Share|Interest rate|Humidity",
        time="Time|Check-in|Check-out|Departure|Arrival|Opening hours",
        company="Company|Employer|Supplier|Publisher|Bank",
        number="Quantity|Page|Room|Seat|Gate|Weight|Height|Year|Hours|Version|Zip code|Age",
        phrase="Department|Project|Status|Priority|Subject|Title|Country|City|State|Occupation|Remarks|Payment method",
    ),
    memo=("To", "From", "Date", "Subject"),
    items=(
        *ITEMS,
        "Oak table", "Office chair", "Printer paper A4", "USB cable 2 m", "LED bulb", "Chicken soup", "Orange juice",
        "Green salad", "Cheese sandwich", "Double room", "Airport transfer", "Annual licence", "Web hosting",
        "Site survey", "Steel bracket", "Wall paint white", "Spring water", "Dark chocolate", "Hourly consulting",
    ),
    columns=labels(
        number="Qty|No.|Quantity|Hours|Pcs|Units",
        phrase="Description|Item|Product|Service|Remarks|Task|Owner",
        money="Price|Amount|Total|Unit price|Net|Value",
        date="Date|Due|Delivery",
        code="Code|SKU|Article|Ref.",
        percent="Share|VAT|Change",
        name="Name|Employee|Responsible",
        time="Time|Start|End",
    ),
    sums=(
        "Subtotal", "VAT", "Total", "Cash", "Change", "Sales tax", "Amount due", "Card", "Discount",
        "Balance due",
    ),
    thanks=("Thank you for your visit!", "Thank you!", "Please come again", "Keep this receipt for your records"),
    page=("Page {page} of {pages}", "Page {page}", "- {page} -", "{page}", "{page}/{pages}"),
    quotes=(("“", "”"), ('"', '"'), ("‘", "’"), ("'", "'")),  # noqa: RUF001
    date_forms=(
        "{two}/{days}/{year}", "{year}-{two}-{days}", "{days}.{two}.{year}", "{month} {day}, {year}",
        "{day} {month} {year}", "{short} {day}, {year}", "{day}-{short}-{year}",
    ),
    money_forms=(
        "${amount}", "${amount}", "${amount}", "€{amount}", "£{amount}", "£{amount}", "{amount}", "{amount} USD",
        "{amount} EUR", "-${amount}", "USD {amount}", "€ {amount}",
    ),
    decimal_comma=False,
)  # fmt: skip
