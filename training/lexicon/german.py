"""German."""

from training.lexicon.terms import Lexicon, labels, phrases, words

GERMAN = Lexicon(
    language="german",
    frequent=words(
        """
        der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden
        aus er hat dass sie nach wird bei einer um am sind noch wie einem über einen so zum war haben nur
        oder aber vor zur bis mehr durch man sein wurde wenn können gegen vom ihre schon wir uns unser
        unsere Ihnen Ihr Ihre bitte danke müssen soll möchten würde größer später zwischen während außerdem
        für dürfen natürlich früher Straße heißt weiß groß Maß Gruß Grüße fünf zwölf dreißig Prüfung
        Änderung Übersicht Öffnung Büro Gerät Größe Menge Preis Rechnung Betrag Summe Kunde Lieferung
        Bestellung Auftrag Angebot Vertrag Firma Jahr Monat Woche Tag Uhr Geschäftsführer Frau Herr Datum
        Konto Bank Überweisung Steuer Mehrwertsteuer Versand Termin Besprechung Protokoll Bericht Abteilung
        Projekt Kosten Umsatz Gewinn Mitarbeiter Unterschrift Anlage Seite Nummer
        """
    ),
    months=(
        "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November",
        "Dezember",
    ),
    first_names=words(
        """
        Jürgen Björn Käthe Günter Sören Hans Ute Klaus Anja Stefan Heike Jörg Lena Moritz Franziska Matthias
        Birgit Wolfgang Ursula Dörte Götz Änne
        """
    ),
    last_names=words(
        """
        Müller Schmidt Schröder Weiß Groß Köhler König Krüger Böhm Jäger Schäfer Vogel Hoffmann Bauer
        Günther Strauß Löffler Kühn Böttcher Lüdtke Zimmermann Öztürk
        """
    ),
    cities=words(
        """
        Köln München Düsseldorf Nürnberg Lübeck Würzburg Göttingen Hamburg Berlin Leipzig Gießen Zürich
        Tübingen Saarbrücken Österreich Wien Münster Bremen
        """
    ),
    street_forms=(
        "{street}straße {number}", "{street}str. {number}", "{street}weg {number}",
        "Am {street}platz {number}",
    ),
    streets=words(
        """
        Haupt Bahnhof Garten Schul Mühlen Goethe Schiller Rosen Kirch Wald Lösch Brücken Schloß
        """
    ),
    city_form="{code} {city}",
    company_forms=(
        "{name} GmbH", "{name} AG", "{name} & Söhne", "{name} KG", "{name} GmbH & Co. KG", "Bäckerei {name}",
    ),
    salutations=(
        "Sehr geehrte Damen und Herren,", "Sehr geehrter Herr {last},", "Sehr geehrte Frau {last},",
        "Liebe Kolleginnen und Kollegen,", "Guten Tag Herr {last},", "Liebe Frau {last},",
    ),
    closings=(
        "Mit freundlichen Grüßen", "Freundliche Grüße", "Mit besten Grüßen", "Viele Grüße",
        "Hochachtungsvoll",
    ),
    sentences=phrases(
        """
        vielen Dank für Ihr Schreiben vom {date}.
        Anbei erhalten Sie unsere Rechnung {code} über {money}.
        Wir bestätigen den Eingang Ihrer Bestellung Nr. {code}.
        Bitte überweisen Sie den Betrag von {money} bis zum {date} auf unser Konto.
        Für Rückfragen stehen wir Ihnen unter {phone} gerne zur Verfügung.
        Die nächste Sitzung findet am {date} im großen Saal statt.
        Leider müssen wir Ihnen mitteilen, dass sich die Lieferung verzögert.
        Der Umsatz stieg um {percent} auf {money}.
        Die Kündigungsfrist beträgt drei Monate zum Ende des Quartals.
        Frau {name} übernimmt die Prüfung der Unterlagen.
        Das Gerät wurde ordnungsgemäß geprüft und ist betriebsbereit.
        Die Größe der Räume entspricht nicht den Plänen.
        Wir würden uns freuen, Sie persönlich begrüßen zu dürfen.
        Außerdem bitten wir um Rückgabe des unterschriebenen Formulars.
        Über den Häusern hing früh am Morgen noch Nebel.
        """
    ),
    headings=(
        "Rechnung", "Lieferschein", "Angebot", "Protokoll", "Einführung", "Übersicht", "Zusammenfassung", "Ergebnisse",
        "Schluss", "Tagesordnung", "Geschäftsbericht", "Mietvertrag", "Quittung", "Kündigung", "Anlagen", "Maßnahmen",
        "Nächste Schritte", "Änderungen", "Allgemeine Geschäftsbedingungen", "Bestätigung", "Mahnung",
    ),
    fields=labels(
        name="Name|Vorname|Nachname|Kunde|Ansprechpartner|Geschäftsführer|Patientin|Unterschrift|Prüfer",
        date="Datum|Rechnungsdatum|Fällig am|Lieferdatum|Geburtsdatum|Gültig bis",
        code="Rechnungsnummer|Rechnungs-Nr.|Kundennummer|Bestellnummer|Aktenzeichen|Steuernummer|Vertragsnummer|"
        "Unser Zeichen",
        money="Gesamtbetrag|Zwischensumme|MwSt.|Nettobetrag|Bruttobetrag|Rabatt|Versandkosten|Miete|Summe",
        phone="Telefon|Fax|Mobil|Tel.",
        email="E-Mail",
        address="Anschrift|Adresse|Lieferanschrift|Straße",
        iban="IBAN|Konto",
        web="Internet|Webseite",
        percent="Steuersatz|Anteil",
        time="Uhrzeit|Beginn|Ende|Öffnungszeiten",
        company="Firma|Lieferant|Bank|Arbeitgeber",
        number="Menge|Seite|Größe|Gewicht|PLZ|Stück",
        phrase="Abteilung|Projekt|Betreff|Ort|Land|Bemerkung|Staatsangehörigkeit|Zahlungsart",
    ),
    memo=("An", "Von", "Datum", "Betreff"),
    items=(
        "Schraube", "Brötchen", "Käse", "Äpfel", "Milch", "Bürostuhl", "Schreibtisch", "Beratung", "Wartung", "Kabel",
        "Druckerpapier", "Gemüsesuppe", "Süßkartoffeln", "Fußmatte", "Glühbirne", "Tür", "Schlüssel", "Übernachtung",
        "Kaffee groß", "Mineralwasser", "Öl 5 l", "Prüfgebühr",
    ),
    columns=labels(
        number="Menge|Pos.|Anzahl|Stück",
        phrase="Bezeichnung|Artikel|Leistung|Bemerkung|Aufgabe",
        money="Einzelpreis|Preis|Betrag|Gesamt|Summe €",
        date="Datum|Fällig",
        code="Art.-Nr.|Nr.",
        percent="MwSt.|Anteil",
        name="Name|Zuständig",
        time="Zeit|Uhrzeit",
    ),
    sums=("Zwischensumme", "MwSt. 19 %", "Gesamtbetrag", "Bar", "Rückgeld", "Summe", "Netto", "Karte", "Zu zahlen"),
    thanks=("Vielen Dank für Ihren Einkauf!", "Auf Wiedersehen!", "Es bediente Sie Frau Müller"),
    page=("Seite {page} von {pages}", "Seite {page}", "- {page} -", "{page}"),
    quotes=(("„", "“"), ("»", "«"), ('"', '"'), ("„", "“")),
    date_forms=("{days}.{two}.{year}", "{day}. {month} {year}", "{day}.{two}.{year}", "{year}-{two}-{days}"),
    money_forms=("{amount} €", "{amount} EUR", "{amount} €", "{amount}", "€ {amount}", "-{amount} €"),
)  # fmt: skip
