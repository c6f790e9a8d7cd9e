"""Spanish."""

from training.lexicon.terms import Lexicon, labels, phrases, words

SPANISH = Lexicon(
    language="spanish",
    frequent=words(
        """
        de la que el en y a los se del las un por con no una su para es al lo como más o pero sus le ha me
        si sin sobre este ya entre cuando todo esta ser son dos también fue había era muy años hasta desde
        está mi porque qué sólo han yo hay vez puede todos así nos ni parte tiene él uno donde bien tiempo
        mismo ese ahora cada e vida otro después te otros aunque esa eso hace otra gobierno tan durante
        siempre día tanto ella tres sí dijo sido gran país según menos año señor señora España mañana niño
        compañía número teléfono dirección fecha factura importe precio cliente pedido envío contrato
        reunión página información educación situación administración página código artículo público
        económico último próximo técnico médico árbol fácil pingüino bilingüe
        """
    ),
    months=(
        "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
        "diciembre",
    ),
    first_names=words(
        """
        José María Ángel Íñigo Lucía Sofía Begoña Andrés Óscar Inés Raúl Concepción Álvaro Jesús Mónica Iván
        Elena Joaquín Úrsula Víctor
        """
    ),
    last_names=words(
        """
        Núñez Muñoz Ibáñez Peña García Martínez López Fernández Gómez Jiménez Álvarez Rodríguez Castaño
        Güell Díaz Sánchez Vázquez Ordóñez
        """
    ),
    cities=words(
        """
        Málaga Cádiz Córdoba Madrid Sevilla Zaragoza Logroño Ávila León Bogotá México Medellín Gijón Alcalá
        Mérida Cáceres Valparaíso
        """
    ),
    street_forms=(
        "C/ {street}, {number}", "Calle {street}, {number}", "Avda. de {street}, {number}",
        "Plaza {street} {number}, 2.º izq.",
    ),
    streets=("Mayor", "Alcalá", "la Constitución", "San Martín", "Cervantes", "España", "los Ángeles", "Príncipe"),
    city_form="{code} {city}",
    company_forms=("{name} S.L.", "{name}, S.A.", "Hermanos {name}", "Compañía {name}", "Panadería {name}"),
    salutations=(
        "Estimado señor {last}:", "Estimada señora {last}:", "Muy señores míos:", "Estimados compañeros:",
        "¡Hola a todos!",
    ),
    closings=("Atentamente,", "Un cordial saludo,", "Saludos cordiales,", "Le saluda atentamente,"),
    sentences=phrases(
        """
        Le agradecemos su carta del {date}.
        Adjuntamos la factura n.º {code} por un importe de {money}.
        ¿Cuándo recibiremos el próximo envío?
        ¡Muchas gracias por su atención!
        El pago deberá realizarse antes del {date}.
        La reunión tendrá lugar el día {date} en el salón de actos.
        Para cualquier información, llame al teléfono {phone}.
        Según el último informe, las ventas crecieron un {percent}.
        {name} se encargará de la redacción del acta.
        El niño preguntó qué había pasado mañana y tarde.
        La compañía no se hará responsable de los daños.
        ¿Está usted de acuerdo con las condiciones?
        Después de la revisión técnica, el vehículo quedó en óptimas condiciones.
        El plazo de devolución es de {number} días hábiles.
        """
    ),
    headings=(
        "Factura", "Recibo", "Albarán", "Acta de la reunión", "Introducción", "Resumen", "Conclusión", "Índice",
        "Resultados", "Orden del día", "Condiciones generales", "Información", "Solicitud", "Presupuesto", "Anexo",
        "Próximos pasos", "Análisis", "Currículum", "Declaración",
    ),
    fields=labels(
        name="Nombre|Apellidos|Cliente|Contacto|Médico|Firmado por|Responsable",
        date="Fecha|Vencimiento|Fecha de nacimiento|Fecha de envío|Válido hasta",
        code="Número de factura|N.º de pedido|Referencia|N.º de cliente|NIF|Expediente",
        money="Total|Subtotal|IVA|Base imponible|Descuento|Gastos de envío|Importe",
        phone="Teléfono|Fax|Móvil|Tel.",
        email="Correo electrónico|E-mail",
        address="Dirección|Domicilio",
        iban="IBAN|Cuenta",
        web="Página web|Sitio web",
        percent="Tipo|Porcentaje",
        time="Hora|Inicio|Fin|Salida|Llegada",
        company="Empresa|Compañía|Proveedor|Banco",
        number="Cantidad|Página|Edad|Peso|Código postal|Año",
        phrase="Asunto|Departamento|Proyecto|Ciudad|País|Estado|Profesión|Forma de pago|Observación",
    ),
    memo=("Para", "De", "Fecha", "Asunto"),
    items=(
        "Café con leche", "Pan", "Jamón", "Piña", "Tornillo", "Teclado español", "Silla", "Lámpara", "Formación",
        "Reparación", "Instalación", "Azúcar", "Plátanos", "Champiñones", "Melocotón", "Cable", "Habitación doble",
        "Menú del día", "Limón",
    ),
    columns=labels(
        number="Cantidad|Cant.|N.º|Uds.",
        phrase="Descripción|Artículo|Concepto|Tarea|Observación",
        money="Precio|Importe|Total|Precio unitario",
        date="Fecha|Vencimiento",
        code="Código|Ref.",
        percent="IVA|Variación",
        name="Nombre|Responsable",
        time="Hora|Inicio",
    ),
    sums=("Subtotal", "IVA 21 %", "Total", "Efectivo", "Cambio", "Base imponible", "Tarjeta", "Total a pagar"),
    thanks=("¡Gracias por su visita!", "¡Vuelva pronto!", "Gracias por su compra"),
    page=("Página {page} de {pages}", "Página {page}", "- {page} -", "{page}"),
    quotes=(("«", "»"), ("“", "”"), ('"', '"')),
    date_forms=("{days}/{two}/{year}", "{day} de {month} de {year}", "{days}-{two}-{year}", "{year}-{two}-{days}"),
    money_forms=("{amount} €", "{amount} EUR", "{amount} €", "{amount}", "${amount}", "-{amount} €"),
)  # fmt: skip
