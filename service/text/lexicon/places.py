"""Names of places that the two languages write in different ways.

The table of the word alignment has no capitals: of a word that is not the same in both languages it
cannot say that it is a name.
"""

from __future__ import annotations

import re

# Countries, their peoples, and a few islands and cities of the news, in lower case.
FOREIGN = frozenset(
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
# What English calls otherwise, or in more ways than one: places, feasts, and the police of Jakarta,
# which are `Polda Metro Jaya`.
_OTHERWISE = frozenset(
    """
    adha babel bodetabek britania burma fitri idul iduladha idulfitri imlek jabodetabek jaya jogja
    jogjakarta kepri kiev lebaran liga makkah mekkah metro nyepi peking polda soetta solo tangsel
    waisak
    """.split()
)
# `Jaksel`, South Jakarta; `Sulsel`, South Sulawesi.
_CLIPPED = re.compile(r"(?:jak?|sum|sul|kal)(?:bar|pus|sel|tara|teng|tim|tra|ut)")


def is_otherwise(word: str) -> bool:
    """Whether a name may be quite another in English, so that nothing there need look like it."""
    lower = word.lower()
    return lower in _OTHERWISE or _CLIPPED.fullmatch(lower) is not None
