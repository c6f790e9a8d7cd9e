"""Names, headings, fields and other short lists that training pages are made of."""

FIRST_NAMES = tuple(
    """James Mary Robert Patricia John Jennifer Michael Linda David Elizabeth William Barbara Richard Susan Joseph
    Jessica Thomas Sarah Charles Karen Anna Luis Maria Chen Wei Olga Ivan Fatima Omar Priya Raj Yuki Hana Peter Lars
    Nina Emma Oliver Sophia Liam Noah Ava Mia Ethan Lucas Chloe Zoe Hugo Clara Felix Greta Marco Elena Pablo Rosa
    Ahmed Leila Kofi Ama Tariq Ines Bruno""".split()
)
LAST_NAMES = tuple(
    """Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Gonzalez Wilson
    Anderson Taylor Moore Jackson Martin Lee Perez Thompson White Harris Sanchez Clark Ramirez Lewis Robinson Walker
    Young Allen King Wright Scott Torres Nguyen Hill Flores Green Adams Nelson Baker Hall Rivera Campbell Mitchell
    Carter Roberts Kowalski Novak Schmidt Fischer Weber Rossi Ferrari Dubois Laurent Silva Santos Ivanov Petrov
    Tanaka Sato Kim Park Singh Patel Khan Hussein Okafor""".split()
)
MONTHS = tuple(
    "January February March April May June July August September October November December".split()
)
STREETS = tuple(
    "Main Oak Pine Maple Cedar Elm Park Lake Hill River Church High Mill Station Bridge King Queen North South".split()
)
CITIES = tuple(
    """Springfield Boston Denver Austin Portland Seattle Chicago London Leeds Paris Lyon Berlin Munich Madrid Porto
    Oslo Milan Toronto Sydney Dublin Vienna""".split()
)
ITEMS = tuple(
    """Widget Bolt Cable Printer Paper Toner Keyboard Mouse Monitor Chair Desk Lamp Battery Charger Adapter Filter
    Pump Valve Sensor Motor Consulting Support Training License Hosting Shipping Installation Repair Maintenance
    Service Coffee Tea Bread Milk Apples Oranges Rice Sugar Flour""".split()
)
OFFICE_WORDS = tuple(
    """invoice payment order account amount customer delivery total balance due date price quantity item tax discount
    shipping contract agreement service services company office meeting minutes agenda action report summary project
    team manager director department budget cost costs quarter annual revenue sales profit loss growth market product
    products supplier purchase receipt statement bank transfer credit debit card number reference address city street
    country phone email contact name signature signed dear sincerely regards yours faithfully please find enclosed
    attached thank you for your letter request response reply confirm confirmed schedule deadline review approved
    pending closed open status priority form application employee salary hours leave policy insurance claim patient
    doctor visit room floor building equipment warranty repair maintenance installed delivered returned damaged refund
    terms conditions notice within days weeks months years monday tuesday wednesday thursday friday saturday sunday
    we our us they them their his her she he it its this that these those which who what when where why how""".split()
)
FIELDS = (
    "Name", "First name", "Last name", "Date", "Due date", "Invoice number", "Invoice No", "Order number",
    "Order date", "Customer", "Customer ID", "Account", "Account number", "Phone", "Fax", "Email", "Address", "City",
    "State", "Zip code", "Country", "Total", "Subtotal", "Tax", "VAT", "Amount due", "Balance", "Discount",
    "Shipping", "Payment method", "Reference", "Ref", "Contact", "Department", "Project", "Project code", "Manager",
    "Status", "Priority", "Start date", "End date", "Quantity", "Unit price", "Weight", "Height", "Width",
    "Serial number", "Model", "Version", "Page", "Subject", "From", "To", "Date of birth", "Patient", "Doctor",
    "Policy number", "Case number", "Ticket", "Flight", "Seat", "Gate", "Room", "Check-in", "Check-out", "Currency",
    "IBAN", "SKU", "Item", "Rate", "Hours", "Salary", "Company", "Website", "Title", "Author", "Publisher", "Year",
    "Temperature", "Pressure", "Speed", "Distance",
)  # fmt: skip
HEADINGS = (
    "INVOICE", "RECEIPT", "Purchase Order", "Annual Report", "Meeting Minutes", "Summary", "Introduction",
    "Conclusion", "Terms and Conditions", "Table of Contents", "Quarterly Results", "Statement of Account",
    "Delivery Note", "Application Form", "Registration Form", "Patient Record", "Packing List", "Price List",
    "Agenda", "Schedule", "Method", "Results", "Discussion", "Background", "Overview", "Appendix", "Chapter",
    "Section", "Notes", "References", "Instructions", "Contract", "Agreement", "Memorandum", "Letter", "Notice",
)  # fmt: skip
LOOSE_SIGNS = (
    "&", "-", "–", "+", "=", "/", "@", "•", "*", "<", ">", "|", "~", "100°C", "café", "don’t", "[1]", "{x}", "\\n",  # noqa: RUF001
    "^", "`", "_", "[ ]", "[x]", "(a)", "(2)", "§", "©", "®", "±", "×", "20°", "m²", "m³", "½", "1.º", "2.ª",  # noqa: RUF001
    "–", "—", "…", "¢", "¥", "%", "#", "$",  # noqa: RUF001
)  # fmt: skip
BULLETS = (
    "•", "•", "•", "-", "-", "*", "–", "1.", "1.", "1)", "(a)", "(1)", "[ ]", "[x]", "[1]", "a)", "a.", "I.",  # noqa: RUF001
)  # fmt: skip
