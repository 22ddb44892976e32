"""The reporting words of news, in lower case.

The lists are shared; a caller adds the words that its own purpose needs.
"""

from __future__ import annotations

# Indonesian roots before the speaker or -nya: `kata Rina`, `ujarnya`.
ROOTS = tuple(
    "kata ujar tutur ucap ungkap jelas terang papar imbuh tambah tegas sebut beber".split()
)
# Roots of a speaker who goes on or concludes; some mean more (`lebih lanjut`: further).
FURTHER_ROOTS = tuple("lanjut sambung pungkas tandas".split())

# Indonesian active verbs: `Rina mengatakan`.
COMMON_VERBS = tuple(
    "mengatakan menyatakan menjelaskan menyebut menegaskan mengungkapkan menambahkan"
    " menyampaikan".split()
)
VERBS = (*COMMON_VERBS, *"menyebutkan menuturkan memaparkan menerangkan".split())

ENGLISH_VERBS = tuple(
    "said says told stated added explained claimed stressed noted confirmed revealed"
    " asserted".split()
)
