"""Portuguese."""

from training.lexicon.terms import Lexicon, labels, phrases, words

PORTUGUESE = Lexicon(
    language="portuguese",
    frequent=words(
        """
        de a o que e do da em um para é com não uma os no se na por mais as dos como mas foi ao ele das tem
        à seu sua ou ser quando muito há nos já está eu também só pelo pela até isso ela entre era depois
        sem mesmo aos ter seus quem nas me esse eles estão você tinha foram essa num nem suas meu às minha
        têm numa pelos elas havia seja qual será nós tenho lhe deles essas esses pelas este fosse dele são
        não então mãe irmão coração razão pão mão ação informação situação reunião atenção educação condição
        questões razões operações preço serviço criança avó avô três mês português você número telefone
        endereço fatura cliente encomenda entrega contrato página código público econômico técnico último
        próximo possível disponível água língua ministério obrigado senhor senhora
        """
    ),
    months=(
        "janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto", "setembro", "outubro",
        "novembro", "dezembro",
    ),
    first_names=words(
        """
        João António Conceição Inês Luís Estêvão Mário Ângela Vitória Sebastião Tomé José Antônio Cláudia
        Simão Flávio Célia Otávio
        """
    ),
    last_names=words(
        """
        Gonçalves Magalhães Simões Guimarães Araújo Conceição Leitão Brandão Falcão Sá Mourão Silva Santos
        Pereira Assunção Galvão Patrício Calçada
        """
    ),
    cities=words(
        """
        São Paulo Brasília Lisboa Porto Évora Guimarães Braga Belém Goiânia Florianópolis Setúbal Faro
        """
    ),
    street_forms=(
        "Rua {street}, {number}", "Av. {street}, {number}", "Praça {street}, n.º {number}",
        "Travessa {street}, {number} - 3º",
    ),
    streets=("da Conceição", "São João", "das Flores", "da Liberdade", "do Comércio", "Camões", "dos Pinhões"),
    city_form="{code} {city}",
    company_forms=("{name} Lda.", "{name} Ltda.", "Irmãos {name}", "{name} & Filhos, S.A.", "Pastelaria {name}"),
    salutations=(
        "Exmo. Senhor {last},", "Exma. Senhora {last},", "Prezados senhores,", "Caros colegas,", "Prezada Sra. {last},",
    ),
    closings=("Atenciosamente,", "Com os melhores cumprimentos,", "Cordialmente,", "Saudações,"),
    sentences=phrases(
        """
        Agradecemos a sua carta de {date}.
        Segue em anexo a fatura n.º {code} no valor de {money}.
        O pagamento deverá ser efetuado até {date}.
        A próxima reunião será no dia {date}, às três horas.
        Para mais informações, ligue para {phone}.
        As vendas cresceram {percent} em relação ao ano passado.
        {name} ficará responsável pela elaboração da ata.
        Não é possível alterar a encomenda, pois já foi expedida.
        A situação econômica do país não mudou muito.
        Você já leu as condições gerais do serviço?
        As crianças estão na praça e os avós vêm amanhã.
        A solução está à disposição de todos os cidadãos.
        O prazo de devolução é de {number} dias úteis.
        """
    ),
    headings=(
        "Fatura", "Recibo", "Ata da reunião", "Introdução", "Resumo", "Conclusão", "Ordem de trabalhos", "Orçamento",
        "Condições gerais", "Relatório", "Declaração", "Informações", "Índice", "Inscrição", "Próximos passos",
        "Situação atual", "Guia de remessa",
    ),
    fields=labels(
        name="Nome|Apelido|Cliente|Contato|Médico|Assinado por|Responsável",
        date="Data|Vencimento|Data de nascimento|Data de emissão|Válido até",
        code="Número da fatura|Fatura n.º|Referência|N.º de cliente|NIF|CNPJ|Processo",
        money="Total|Subtotal|IVA|Desconto|Valor|Portes|Preço",
        phone="Telefone|Fax|Telemóvel|Tel.",
        email="E-mail|Correio eletrónico",
        address="Endereço|Morada",
        iban="IBAN|Conta",
        web="Página|Sítio web",
        percent="Taxa|Percentagem",
        time="Hora|Início|Fim|Saída",
        company="Empresa|Fornecedor|Banco|Instituição",
        number="Quantidade|Página|Idade|Peso|Código postal|Ano",
        phrase="Assunto|Departamento|Projeto|Cidade|País|Situação|Profissão|Observações",
    ),
    memo=("Para", "De", "Data", "Assunto"),
    items=(
        "Café", "Pão", "Maçãs", "Feijão", "Parafuso", "Teclado", "Cadeira", "Lâmpada", "Formação", "Manutenção",
        "Instalação", "Açúcar", "Limão", "Pastéis de nata", "Água sem gás", "Cabo", "Balcão", "Órgão", "Refeição",
    ),
    columns=labels(
        number="Quantidade|Qtd.|N.º",
        phrase="Descrição|Artigo|Serviço|Observações|Ação",
        money="Preço|Valor|Total|Preço unitário",
        date="Data|Prazo",
        code="Código|Ref.",
        percent="IVA|Variação",
        name="Nome|Responsável",
        time="Hora|Início",
    ),
    sums=("Subtotal", "IVA 23%", "Total", "Dinheiro", "Troco", "Total a pagar", "Cartão", "Desconto"),
    thanks=("Obrigado pela sua visita!", "Volte sempre!", "Obrigado pela preferência"),
    page=("Página {page} de {pages}", "Página {page}", "- {page} -", "{page}", "Pág. {page}"),
    quotes=(("«", "»"), ("“", "”"), ('"', '"')),
    date_forms=("{days}/{two}/{year}", "{day} de {month} de {year}", "{days}-{two}-{year}", "{year}-{two}-{days}"),
    money_forms=("{amount} €", "R$ {amount}", "{amount} EUR", "{amount} €", "{amount}", "€ {amount}"),
)  # fmt: skip
