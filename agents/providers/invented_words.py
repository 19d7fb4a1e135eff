"""What whisper writes down of a cough or line noise: the subtitles that it was trained on."""

from __future__ import annotations

import re

# In lower case, one space for all that is no letter or digit. "Bye", "you" and "thank you" are
# invented as well, but callers say them.
_SENTENCES = (
    r"(?:.* )?amara org(?: .*)?",
    # English
    r"thank(?:s| you)(?: all| (?:so|very) much)? for (?:watching|viewing)(?: (?:this|my) video)?",
    r"(?:please |don t forget to )?(?:like and )?subscribe(?: to (?:my|our|the) channel)",
    r"(?:please |don t forget to )?like and subscribe",
    r"(?:i ll )?see you in the next video",
    r"transcription by castingwords",
    r"transcribed by (?:https )?otter ai",
    # German
    r"untertitel(?:ung)? (?:im auftrag )?des zdf(?: für funk)?(?: \d{4})?",
    r"untertitel von stephanie geiges",
    r"(?:copyright )?(?:wdr|swr|zdf) \d{4}",
    r"(?:danke|vielen dank) fürs zuschauen",
    # French
    r"sous titrage (?:société radio canada|st 501)",
    r"merci d avoir regardé(?: (?:cette|la) vidéo)?",
    r"abonnez vous à (?:la|ma|notre) chaîne",
    # Italian
    r"sottotitoli e revisione a cura di qtss",
    r"grazie per (?:la visione|aver guardato(?: il video)?)",
    # Dutch
    r"bedankt voor het kijken",
    r"tv gelderland \d{4}",
    # Spanish
    r"(?:muchas )?gracias por ver (?:el|este) v[ií]deo",
    r"suscríbete al canal",
)
_INVENTED = re.compile(rf"(?:(?:{'|'.join(_SENTENCES)})(?: |$))+")


def is_invented(text: str) -> bool:
    """It is nothing but such sentences."""
    words = re.sub(r"[\W_]+", " ", text.lower()).strip()
    return _INVENTED.fullmatch(words) is not None
