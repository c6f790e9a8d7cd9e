"""French."""

from training.lexicon.terms import Lexicon, labels, phrases, words

FRENCH = Lexicon(
    language="french",
    frequent=words(
        """
        de la le et les des en un du une que est pour qui dans a par plus pas au sur ne se ce il sont avec
        son cette ou être été aux ont comme mais nous vous sa ses fait même ainsi très après où à leur ces
        entre sans deux dont également déjà notre votre vos nos elle tout tous c'est d'une l'on qu'il n'est
        s'il j'ai peut doit afin près société année numéro référence qualité santé sécurité marché français
        européen déclaré payé reçu envoyé facture montant prix client commande livraison contrat rendez-vous
        réunion département délai règlement âge élève modèle problème système intérêt août février forêt
        hôtel côté bientôt plutôt garçon façon leçon ça œuvre cœur sœur naïf Noël euros cordialement madame
        monsieur merci signature pièce jointe adresse téléphone
        """
    ),
    months=(
        "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
        "décembre",
    ),
    first_names=words(
        """
        Élodie François Hélène Jérôme Céline Benoît Zoé Théo Chloé Anaïs Loïc Pierre Marie Luc Agnès Gaëlle
        Noémie Raphaël Amélie Étienne
        """
    ),
    last_names=words(
        """
        Lefèvre Dubois Bézier Moreau Girard Rousseau Lévêque Fournier Mercier Gérard Côté Châtelain Durand
        Petit Barthélemy Garçon Dupré Lemaître
        """
    ),
    cities=words(
        """
        Orléans Besançon Nîmes Saint-Étienne Angoulême Paris Lyon Genève Liège Béziers Marseille Évreux
        Montréal Alençon Bordeaux
        """
    ),
    street_forms=(
        "{number}, rue {street}", "{number} rue {street}", "{number}, avenue {street}",
        "{number} bis, place {street}",
    ),
    streets=(
        "de la République", "des Écoles", "Victor-Hugo", "du Marché", "de l’Église", "d’Alésia",  # noqa: RUF001
        "Molière", "des Chênes",
    ),
    city_form="{code} {city}",
    company_forms=(
        "{name} SARL", "{name} S.A.", "Société {name}", "Établissements {name}", "{name} & Frères",
        "Café {name}",
    ),
    salutations=(
        "Madame, Monsieur,", "Monsieur {last},", "Chère Madame,", "Cher Monsieur {last},", "Bonjour à tous,",
    ),
    closings=(
        "Cordialement,", "Bien à vous,", "Sincères salutations,", "Veuillez agréer nos salutations distinguées.",
        "Très cordialement",
    ),
    sentences=phrases(
        """
        Nous vous remercions de votre lettre du {date}.
        Veuillez trouver ci-joint la facture n° {code} d’un montant de {money}.
        Le règlement doit être effectué avant le {date}.
        N’hésitez pas à nous contacter au {phone}.
        La prochaine réunion aura lieu le {date} à l’hôtel de ville.
        Le chiffre d’affaires a augmenté de {percent} par rapport à l’année précédente.
        Nous avons bien reçu votre commande et l’avons déjà expédiée.
        Où se trouve la pièce qui a été commandée en août ?
        {name} a été chargée de préparer le procès-verbal.
        Ça m’étonne : le modèle n’était pas prêt !
        L’élève a posé une question à laquelle personne n’a répondu.
        Les œuvres exposées appartiennent à la collection du château.
        Le contrat peut être résilié après un délai de {number} jours.
        Malgré les difficultés, l’équipe a réussi à tenir les délais.
        """  # noqa: RUF001
    ),
    headings=(
        "Facture", "Reçu", "Procès-verbal", "Résumé", "Introduction", "Résultats", "Présentation", "Conclusion",
        "Bon de livraison", "Conditions générales", "Ordre du jour", "Sommaire", "Étapes suivantes", "Compte rendu",
        "Déclaration", "Annexe", "Références", "Formulaire d’inscription", "Devis",  # noqa: RUF001
    ),
    fields=labels(
        name="Nom|Prénom|Client|Contact|Directeur|Médecin|Signé par|Établi par",
        date="Date|Échéance|Date de naissance|Date de livraison|Valable jusqu’au",  # noqa: RUF001
        code="Numéro de facture|Facture n°|Référence|N° de client|N° de commande|Dossier",
        money="Total TTC|Total HT|TVA|Montant dû|Remise|Frais de port|Loyer",
        phone="Téléphone|Tél.|Télécopie|Portable",
        email="Courriel|E-mail",
        address="Adresse|Adresse de livraison",
        iban="IBAN|Compte",
        web="Site web|Site internet",
        percent="Taux|Part",
        time="Heure|Début|Fin|Départ|Arrivée",
        company="Société|Employeur|Fournisseur|Banque",
        number="Quantité|Âge|Page|Poids|Code postal|Année",
        phrase="Objet|Service|Projet|Ville|Pays|État|Nationalité|Mode de paiement|Qualité",
    ),
    memo=("À", "De", "Date", "Objet"),
    items=(
        "Café crème", "Thé", "Pâté de campagne", "Fromage", "Crème brûlée", "Câble", "Bureau en chêne", "Chaise",
        "Formation", "Déplacement", "Vis à bois", "Pêches", "Bœuf", "Entrecôte", "Eau minérale", "Étagère", "Lumière",
        "Dépannage", "Pièces détachées",
    ),
    columns=labels(
        number="Quantité|Qté|N°",
        phrase="Désignation|Article|Libellé|Tâche|Remarque",
        money="Prix unitaire|Prix|Montant|Total HT",
        date="Date|Échéance",
        code="Réf.|Code",
        percent="TVA|Part",
        name="Nom|Responsable",
        time="Heure|Début",
    ),
    sums=(
        "Sous-total", "TVA 20 %", "Total TTC", "Espèces", "Monnaie rendue", "Net à payer", "Total HT",
        "Carte bancaire",
    ),
    thanks=("Merci de votre visite !", "À bientôt !", "Merci et à très bientôt"),
    page=("Page {page} sur {pages}", "Page {page}", "- {page} -", "{page}"),
    quotes=(("« ", " »"), ("«", "»"), ("“", "”"), ("« ", " »")),
    date_forms=("{days}/{two}/{year}", "{day} {month} {year}", "le {day} {month} {year}", "{year}-{two}-{days}"),
    money_forms=("{amount} €", "{amount} EUR", "{amount} €", "{amount}", "-{amount} €"),
    spaced_thousands=True,
)  # fmt: skip
