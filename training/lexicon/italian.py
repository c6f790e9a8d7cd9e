"""Italian."""

from training.lexicon.terms import Lexicon, labels, phrases, words

ITALIAN = Lexicon(
    language="italian",
    frequent=words(
        """
        di e il la che è per un in una del non sono si con da le i della ha al alla dei come più ma nel
        anche gli lo delle questo se su dal ad ed o nella tra dalla loro suo sua essere stato stata hanno
        fra prima due dopo anni degli sul cui quando perché può già così ci mi ancora ogni senza tutti tutto
        solo poi chi molto quella quello fatto parte sempre tempo altri altro dove verso qualità società
        città attività possibilità università libertà novità quantità metà età però cioè poiché né sé giù
        più lunedì martedì mercoledì giovedì venerdì sarà farà potrà dovrà c'è dell'anno l'importo un'altra
        quest'anno fattura prezzo cliente ordine consegna contratto riunione pagina numero indirizzo
        telefono data firma spese totale pagamento entro giorni gentile signore
        """
    ),
    months=(
        "gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre", "ottobre",
        "novembre", "dicembre",
    ),
    first_names=words(
        """
        Nicolò Niccolò Giosuè Noè Marco Giulia Chiara Francesco Alessandro Beatrice Luca Elena Paolo Sara
        Davide Martina Giovanni Lucia
        """
    ),
    last_names=words(
        """
        Rossi Ferrari Bianchi Esposito Romano Colombo Ricci Marino Greco Bruno Galli Conti De Luca Mancini
        Costa Giordano Rizzo Lombardi Cantù Zanà
        """
    ),
    cities=words(
        """
        Roma Milano Forlì Napoli Torino Bologna Firenze Genova Cantù Cefalù Venezia Pisa Bari Lecce
        """
    ),
    street_forms=(
        "Via {street}, {number}", "Via {street} {number}", "Corso {street}, {number}",
        "Piazza {street} {number}/A",
    ),
    streets=(
        "Garibaldi", "della Libertà", "Roma", "Mazzini", "dell’Università", "Dante",  # noqa: RUF001
        "XX Settembre", "Verdi",
    ),
    city_form="{code} {city}",
    company_forms=("{name} S.r.l.", "{name} S.p.A.", "F.lli {name}", "Società {name}", "Caffè {name}"),
    salutations=(
        "Gentile Signor {last},", "Gentile Signora {last},", "Egregi Signori,", "Cari colleghi,",
        "Spett.le Ditta,",
    ),
    closings=("Cordiali saluti", "Distinti saluti,", "Con i migliori saluti,", "A presto,"),
    sentences=phrases(
        """
        La ringraziamo per la Sua lettera del {date}.
        In allegato trova la fattura n. {code} di {money}.
        Il pagamento dovrà essere effettuato entro il {date}.
        La riunione si terrà martedì {date} presso l’università.
        Per ulteriori informazioni può chiamare il numero {phone}.
        Il fatturato è cresciuto del {percent} rispetto all’anno scorso.
        {name} preparerà il verbale e lo invierà già domani.
        Non è più possibile modificare l’ordine perché è già stato spedito.
        La città è bella, però il caffè costa di più.
        La qualità dei materiali sarà verificata dalla società.
        Così non va: c’è un errore a pagina {number}.
        Il contratto può essere disdetto con un preavviso di {number} giorni.
        """  # noqa: RUF001
    ),
    headings=(
        "Fattura", "Ricevuta", "Verbale della riunione", "Introduzione", "Sommario", "Conclusioni", "Attività svolte",
        "Ordine del giorno", "Condizioni generali", "Qualità e sicurezza", "Preventivo", "Novità", "Allegato",
        "Risultati", "Modulo di iscrizione", "Società", "Bolla di consegna",
    ),
    fields=labels(
        name="Nome|Cognome|Cliente|Referente|Medico|Firmato da|Responsabile",
        date="Data|Scadenza|Data di nascita|Data di consegna|Valido fino al",
        code="Numero fattura|Fattura n.|Riferimento|Codice cliente|N. ordine|Partita IVA|Pratica",
        money="Totale|Imponibile|IVA|Sconto|Spese di spedizione|Importo|Affitto",
        phone="Telefono|Fax|Cellulare|Tel.",
        email="E-mail|Posta elettronica",
        address="Indirizzo|Residenza",
        iban="IBAN|Conto",
        web="Sito web|Sito",
        percent="Aliquota|Quota",
        time="Ora|Inizio|Fine|Partenza|Arrivo",
        company="Ditta|Società|Fornitore|Banca",
        number="Quantità|Età|Pagina|Peso|CAP|Anno",
        phrase="Oggetto|Reparto|Progetto|Città|Paese|Stato|Nazionalità|Modalità di pagamento|Attività",
    ),
    memo=("A", "Da", "Data", "Oggetto"),
    items=(
        "Caffè", "Tè verde", "Pane", "Prosciutto", "Vite", "Tastiera", "Sedia", "Lampada", "Formazione", "Consulenza",
        "Riparazione", "Zucchero", "Ragù", "Tiramisù", "Acqua naturale", "Cavo", "Camera doppia", "Menù fisso",
    ),
    columns=labels(
        number="Quantità|Q.tà|N.",
        phrase="Descrizione|Articolo|Attività|Note",
        money="Prezzo|Importo|Totale|Prezzo unitario",
        date="Data|Scadenza",
        code="Codice|Rif.",
        percent="IVA|Quota",
        name="Nome|Responsabile",
        time="Ora|Inizio",
    ),
    sums=("Subtotale", "IVA 22%", "Totale", "Contanti", "Resto", "Imponibile", "Totale da pagare", "Carta"),
    thanks=("Grazie e arrivederci!", "Grazie per la Sua visita", "A presto!"),
    page=("Pagina {page} di {pages}", "Pagina {page}", "- {page} -", "{page}", "Pag. {page}"),
    quotes=(("«", "»"), ("“", "”"), ('"', '"')),
    date_forms=("{days}/{two}/{year}", "{day} {month} {year}", "{day}/{two}/{year}", "{year}-{two}-{days}"),
    money_forms=("€ {amount}", "{amount} €", "{amount} EUR", "€ {amount}", "{amount}", "-€ {amount}"),
)  # fmt: skip
