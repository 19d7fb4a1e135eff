"""Short answers and the wish for a person, understood in each language."""

from __future__ import annotations

import time

import pytest

from agents.frustration import FrustrationWeights, Reason, Speaker, Turn
from agents.frustration.elsewhere import scorer_for
from agents.languages import LANGUAGES, Language, language_of
from agents.transfer import sentences
from agents.transfer.acceptance import Decision, decided
from agents.transfer.hold_answers import GO_ON, MESSAGE, STOP, key_of
from agents.turn_taking import words

WANTS_PERSON = {
    "de": [
        "Einen Menschen bitte.",
        "Operator!",
        "Ich möchte mit einem Mitarbeiter sprechen.",
        "Können Sie mich bitte mit jemandem verbinden, der sich auskennt? Verbinden Sie mich.",
        "Geben Sie mir einen Menschen.",
        "Stellen Sie mich bitte durch.",
        "Ich will nicht mit einer Maschine reden.",
        "Gibt es jemanden, mit dem ich sprechen kann?",
    ],
    "fr": [
        "Un conseiller, s'il vous plaît.",
        "Je voudrais parler à un conseiller.",
        "Est-ce que je peux parler à quelqu'un ?",
        "Passez-moi un responsable.",
        "Mettez-moi en relation avec le service client.",
        "Je veux un être humain.",
        "Je ne veux pas parler à un robot.",
    ],
    "es": [
        "Operador.",
        "Quiero hablar con una persona.",
        "¿Puedo hablar con un agente, por favor?",
        "Páseme con un supervisor.",
        "¿Me puede pasar con alguien?",
        "Necesito una persona real.",
        "No quiero hablar con una máquina.",
    ],
    "it": [
        "Operatore, per favore.",
        "Vorrei parlare con un operatore.",
        "Posso parlare con qualcuno?",
        "Mi passi un responsabile.",
        "Mi metta in contatto con una persona.",
        "Voglio un essere umano.",
        "Non voglio parlare con un robot.",
    ],
    "nl": [
        "Medewerker, alstublieft.",
        "Ik wil een medewerker spreken.",
        "Kan ik met iemand praten?",
        "Verbind me door.",
        "Kunt u mij doorverbinden met een collega?",
        "Ik wil een mens.",
        "Ik wil niet met een robot praten.",
    ],
}
WANTS_NONE = {
    "de": [
        "Ich habe gestern mit einem Mitarbeiter gesprochen.",
        "Mein Chef möchte eine Rechnung.",
        "Ich möchte einen Termin mit zwei Personen.",
        "Ich habe keinen Computer.",
        "Die Lieferung war für meinen Kollegen.",
        "Ich brauche keinen Mitarbeiter.",
        "Mit dem Computer geht es nicht.",
    ],
    "fr": [
        "J'ai parlé hier à un conseiller.",
        "Mon chef voudrait une facture.",
        "Je voudrais une table pour deux personnes.",
        "Je n'ai pas d'ordinateur.",
        "Mon collègue peut passer demain.",
        "Je n'ai pas besoin de parler à quelqu'un.",
        "Ça ne marche pas avec mon ordinateur.",
    ],
    "es": [
        "Ayer hablé con un agente.",
        "Mi jefe quiere una factura.",
        "Quiero una mesa para dos personas.",
        "No tengo ordenador.",
        "El paquete era para mi compañero.",
        "No necesito hablar con nadie.",
        "No funciona con el ordenador.",
    ],
    "it": [
        "Ieri ho parlato con un operatore.",
        "Il mio capo vorrebbe una fattura.",
        "Vorrei un tavolo per due persone.",
        "Non ho un computer.",
        "Il pacco era per il mio collega.",
        "Non ho bisogno di parlare con un operatore.",
        "Non funziona con il computer.",
    ],
    "nl": [
        "Ik heb gisteren met een medewerker gesproken.",
        "Mijn baas wil een factuur.",
        "Ik wil een tafel voor twee personen.",
        "Ik heb geen computer.",
        "Het pakje was voor mijn collega.",
        "Ik heb geen medewerker nodig.",
        "Het werkt niet met de computer.",
    ],
}
TAKES = {
    "de": ["Ja.", "Hallo, ja bitte.", "Ich nehme den Anruf an.", "Stellen Sie durch."],
    "fr": ["Oui.", "Allô, oui.", "Je prends l'appel.", "Passez-le-moi."],
    "es": ["Sí.", "Hola, sí.", "Atiendo la llamada.", "Adelante, por favor."],
    "it": ["Sì.", "Pronto, sì.", "Prendo la chiamata.", "Lo prendo io."],
    "nl": ["Ja.", "Hallo, ja hoor.", "Ik neem het gesprek aan.", "Verbind maar door."],
}
DECLINES = {
    "de": ["Nein.", "Nein, danke.", "Ich kann gerade nicht."],
    "fr": ["Non.", "Non merci.", "Je ne peux pas maintenant."],
    "es": ["No.", "No, gracias.", "Ahora no puedo."],
    "it": ["No.", "No, grazie.", "Adesso non posso."],
    "nl": ["Nee.", "Nee, bedankt.", "Ik kan nu niet."],
}
VOICEMAIL = {
    "de": [
        "Hallo?",
        "Bitte hinterlassen Sie eine Nachricht nach dem Ton.",
        "Die Mailbox von Anna.",
    ],
    "fr": ["Allô ?", "Laissez un message après le bip.", "Vous êtes bien chez Anne."],
    "es": ["¿Diga?", "Deje un mensaje después de la señal.", "El buzón de voz de Ana."],
    "it": ["Pronto?", "Lasciate un messaggio dopo il segnale.", "La segreteria di Anna."],
    "nl": ["Hallo?", "Spreek een bericht in na de toon.", "De voicemail van Anna."],
}
ON_HOLD = {
    "de": [
        ("Ja, bitte.", GO_ON),
        ("Ich warte noch.", GO_ON),
        ("Nein, danke.", STOP),
        ("Ich möchte nicht länger warten.", STOP),
        ("Kann ich eine Nachricht hinterlassen?", MESSAGE),
    ],
    "fr": [
        ("Oui, s'il vous plaît.", GO_ON),
        ("J'attends encore un peu.", GO_ON),
        ("Non merci.", STOP),
        ("Je ne veux plus attendre.", STOP),
        ("Je voudrais laisser un message.", MESSAGE),
    ],
    "es": [
        ("Sí, por favor.", GO_ON),
        ("Espero un poco más.", GO_ON),
        ("No, gracias.", STOP),
        ("No quiero esperar más.", STOP),
        ("¿Puedo dejar un mensaje?", MESSAGE),
    ],
    "it": [
        ("Sì, grazie.", GO_ON),
        ("Aspetto ancora.", GO_ON),
        ("No, grazie.", STOP),
        ("Non voglio più aspettare.", STOP),
        ("Vorrei lasciare un messaggio.", MESSAGE),
    ],
    "nl": [
        ("Ja, graag.", GO_ON),
        ("Ik wacht nog even.", GO_ON),
        ("Nee, bedankt.", STOP),
        ("Ik wil niet langer wachten.", STOP),
        ("Kan ik een bericht achterlaten?", MESSAGE),
    ],
}
YES = {"de": "Ja.", "fr": "Oui.", "es": "Sí.", "it": "Sì.", "nl": "Ja."}
each_language = pytest.mark.parametrize("code", list(YES))


@each_language
def test_a_plain_wish_for_a_person_is_heard_and_nothing_else_is(code: str) -> None:
    wishes = language_of(code).wishes
    assert wishes is not None
    assert [text for text in WANTS_PERSON[code] if not wishes.asks_for_person(text)] == []
    assert [text for text in WANTS_NONE[code] if wishes.asks_for_person(text)] == []


@pytest.mark.parametrize("offer", sentences.OFFERS)
@each_language
def test_the_score_is_the_wish_alone_and_a_yes_to_the_offer_of_a_person(
    code: str, offer: str
) -> None:
    language = language_of(code)
    scorer = scorer_for(language, FrustrationWeights())
    for text in WANTS_NONE[code]:
        scorer.add(Turn(speaker=Speaker.CALLER, text=text))
    assert scorer.contributions == []
    yes = Turn(speaker=Speaker.CALLER, text=YES[code])
    assert not scorer.add(yes).transfer
    scorer.add(Turn(speaker=Speaker.AGENT, text=language.say(offer)))
    score = scorer.add(yes)
    assert score.transfer
    assert [c.reason for c in score.new] == [Reason.ASKS_FOR_PERSON]


def test_in_a_language_that_is_not_known_an_english_wish_is_heard() -> None:
    scorer = scorer_for(language_of("pl"), FrustrationWeights())
    assert not scorer.add(Turn(speaker=Speaker.CALLER, text="To jest skandal, die!")).value
    assert scorer.add(Turn(speaker=Speaker.CALLER, text="Operator, please.")).transfer


@each_language
def test_only_plain_short_words_take_or_decline_a_call(code: str) -> None:
    language = language_of(code)
    assert {decided(text, language) for text in TAKES[code]} == {Decision.ACCEPTED}
    assert {decided(text, language) for text in DECLINES[code]} == {Decision.DECLINED}
    assert {decided(text, language) for text in VOICEMAIL[code]} == {None}


@each_language
def test_a_caller_on_hold_answers_in_their_language(code: str) -> None:
    language = language_of(code)
    assert [(said, key_of(said, language)) for said, _ in ON_HOLD[code]] == ON_HOLD[code]
    # The question itself, coming back, is no answer.
    assert key_of(language.say(sentences.GO_ON_WAITING), language) is None


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=lambda language: language.code)
def test_no_pattern_takes_long_over_a_long_turn(language: Language) -> None:
    scorer = scorer_for(language, FrustrationWeights())
    text = " ".join(["ich möchte bitte voglio parler je quiero hablar wil graag mit"] * 40)
    began = time.process_time()
    scorer.add(Turn(speaker=Speaker.CALLER, text=text))
    scorer.add(Turn(speaker=Speaker.AGENT, text=text))
    words.overlap_kind(text, language.turns)
    decided(text, language)
    assert time.process_time() - began < 0.5
