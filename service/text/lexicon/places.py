"""The names of places that English and Indonesian write differently.

The table of the word alignment has no capitals, so it cannot recognize a name that differs between
the languages.
"""

from __future__ import annotations

import re

# Countries, their peoples, and a few islands and cities of the news, in lower case.
TRANSLATED_PLACES = frozenset(
    """
    afrika africa african aljazair algeria algerian amerika america american arab arabia arabian
    asia asian athena athens australia australian austria austrian belanda netherlands dutch belgia
    belgium belgian brasil brazil brazilian britain british brussel brussels cina tiongkok china
    chinese damaskus damascus denmark danish eropa europe european etiopia ethiopia ethiopian
    filipina philippines filipino finlandia finland finnish hungaria hungary hungarian inggris
    england english irak iraq iraqi iran iranian irlandia ireland irish islandia iceland icelandic
    israel israeli italia italy italian jawa java javanese jenewa geneva jepang japan japanese
    jerman germany german kairo cairo kamboja cambodia cambodian kanada canada canadian karibia
    caribbean kolombia colombia colombian korea korean kroasia croatia croatian kuba cuba cuban
    lebanon lebanese libia libya libyan lisabon lisbon maladewa maldives maroko morocco moroccan
    mekkah makkah mecca meksiko mexico mexican mesir egypt egyptian moskow moscow norwegia norway
    norwegian palestina palestine palestinian palestinians polandia poland polish portugal
    portuguese praha prague prancis perancis france french roma rome rumania romania romanian rusia
    russia russian selandia zealand singapura singapore singaporean siprus cyprus skotlandia
    scotland scottish slowakia slovakia slovenia spanyol spain spanish sumatera sumatra suriah syria
    syrian swedia sweden swedish swiss switzerland teheran tehran thailand thai turki turkey türkiye
    turkish ukraina ukraine ukrainian vatikan vatican vietnam vietnamese warsawa warsaw wina vienna
    yaman yemen yemeni yerusalem jerusalem yordania jordan jordanian yunani greece greek
    """.split()
)
# Names with another English form, or several: places, feasts, and words of `Polda Metro Jaya`, the
# police of Jakarta.
_RENAMED = frozenset(
    """
    adha babel bodetabek britania burma fitri idul iduladha idulfitri imlek jabodetabek jaya jogja
    jogjakarta kepri kiev lebaran liga makkah mekkah metro nyepi peking polda soetta solo tangsel
    waisak
    """.split()
)
# `Jaksel`, South Jakarta; `Sulsel`, South Sulawesi.
_SHORTENED = re.compile(r"(?:jak?|sum|sul|kal)(?:bar|pus|sel|tara|teng|tim|tra|ut)")


def has_other_english_name(word: str) -> bool:
    """Return whether the English of a name may look entirely different."""
    lower = word.lower()
    return lower in _RENAMED or _SHORTENED.fullmatch(lower) is not None
