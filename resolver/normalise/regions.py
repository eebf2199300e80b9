"""States and countries by their abbreviations and their names in other languages, in the folded words of
``text.words``. Only whole values are looked up: "ca" is California, "ca 94110" is not.

An abbreviation may be a state or a country (CA, DE, IN). Where people live in a country of states, it is the state.
"""

from __future__ import annotations

from functools import cache

_US = """al alabama|ak alaska|az arizona|ar arkansas|ca california|co colorado|ct connecticut|de delaware|fl florida|
ga georgia|hi hawaii|id idaho|il illinois|in indiana|ia iowa|ks kansas|ky kentucky|la louisiana|me maine|md maryland|
ma massachusetts|mi michigan|mn minnesota|ms mississippi|mo missouri|mt montana|ne nebraska|nv nevada|nh new hampshire|
nj new jersey|nm new mexico|ny new york|nc north carolina|nd north dakota|oh ohio|ok oklahoma|or oregon|
pa pennsylvania|ri rhode island|sc south carolina|sd south dakota|tn tennessee|tx texas|ut utah|vt vermont|va virginia|
wa washington|wv west virginia|wi wisconsin|wy wyoming|dc district of columbia|pr puerto rico"""
_CA = """ab alberta|bc british columbia|mb manitoba|nb new brunswick|nl newfoundland and labrador|ns nova scotia|
nt northwest territories|nu nunavut|on ontario|pe prince edward island|qc quebec|sk saskatchewan|yt yukon"""
_AU = """nsw new south wales|vic victoria|qld queensland|sa south australia|wa western australia|tas tasmania|
act australian capital territory|nt northern territory"""
_STATES_OF_REGION = {"US": (_US, _CA), "CA": (_US, _CA), "AU": (_AU,)}

#: The English name first, then its codes, then its other names.
_COUNTRIES = """
argentina|ar|arg
australia|au|aus|australien|australie
austria|at|aut|osterreich|oesterreich|autriche
belgium|be|bel|belgien|belgique|belgie|belgica
brazil|br|bra|brasilien|bresil|brasil
canada|ca|can|kanada
chile|cl|chl
china|cn|chn|peoples republic of china|pr china|prc|中国
colombia|co|col|kolumbien
czech republic|cz|cze|czechia|tschechien|ceska republika|cesko
denmark|dk|dnk|danemark|danmark|dinamarca
egypt|eg|egy|مصر
finland|fi|fin|finnland|suomi
france|fr|fra|frankreich|francia
germany|de|deu|ger|deutschland|brd|allemagne|alemania|germania|federal republic of germany
greece|gr|grc|griechenland|grece|ellada|hellas
hungary|hu|hun|ungarn|magyarorszag
india|in|ind|indien|inde|bharat
ireland|ie|irl|irland|irlande|republic of ireland|eire
israel|il|isr
italy|it|ita|italien|italie|italia
japan|jp|jpn|japon|日本
luxembourg|lu|lux|luxemburg
mexico|mx|mex|mexiko|mexique
netherlands|nl|nld|the netherlands|holland|niederlande|pays bas|nederland|paises bajos
new zealand|nz|nzl|neuseeland
norway|nor|norwegen|norvege|norge
poland|pl|pol|polen|pologne|polska
portugal|pt|prt
romania|ro|rou|rumanien|roumanie
russia|ru|rus|russian federation|russland|russie|россия
south africa|za|zaf|sudafrika
south korea|kr|kor|republic of korea|korea republic of|korea south|한국
spain|es|esp|spanien|espagne|espana
sweden|se|swe|schweden|suede|sverige
switzerland|ch|che|schweiz|suisse|svizzera|suiza
turkey|tr|tur|turkiye|turkei|turquie
ukraine|ua|ukr|україна
united arab emirates|ae|are|uae
united kingdom|gb|gbr|uk|great britain|britain|vereinigtes konigreich|royaume uni|reino unido
united states|us|usa|united states of america|america|vereinigte staaten|vereinigte staaten von amerika|\
etats unis|estados unidos|stati uniti|eeuu
"""


@cache
def region_names(region: str) -> dict[str, str]:
    """Abbreviation or other name → the name that stands for all of them, as people of this region (ISO 3166 alpha-2)
    mean it."""
    names: dict[str, str] = {}
    for line in _COUNTRIES.strip().splitlines():
        name, *others = line.split("|")
        names |= dict.fromkeys(others, name)
    for table in _STATES_OF_REGION.get(region, ()):
        for entry in table.replace("\n", "").split("|"):
            short, name = entry.split(" ", 1)
            names[short] = name
    return names
