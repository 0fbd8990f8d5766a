"""Countries as WHO's ICTRP shows them, each registry in its own words, by ClinicalTrials.gov's names of today."""

from indexer.sources.ictrp_values import parts

_ONE_COUNTRY = {
    "Bolivia": ("Bolivia (Plurinational State of)", "Bolivia, Plurinational State of"),
    "Brunei": ("Brunei Darussalam",),
    "China": ("P.R. China", "PR China", "People's Republic of China", "China, People's Republic of"),
    "Czechia": ("Czech Republic",),
    "Iran": ("Iran (Islamic Republic of)", "Iran, Islamic Republic of", "Islamic Republic of Iran"),
    "Laos": ("Lao People's Democratic Republic",),
    "Moldova": ("Republic of Moldova", "Moldova, Republic of"),
    "Netherlands": ("The Netherlands", "Holland"),
    "North Macedonia": ("The former Yugoslav Republic of Macedonia", "Macedonia, The Former Yugoslav Republic of"),
    "Palestinian Territories": ("Palestine, State of", "Occupied Palestinian Territory"),
    "Russia": ("Russian Federation",),
    "South Korea": ("Korea, Republic of", "Republic of Korea", "Korea (South)", "Korea, South"),
    "Syria": ("Syrian Arab Republic",),
    "Taiwan": ("Taiwan, Province of China", "Chinese Taipei"),
    "Tanzania": ("United Republic of Tanzania", "Tanzania, United Republic of"),
    "Turkey (Türkiye)": ("Turkey", "Türkiye", "Turkiye"),
    "United Kingdom": (
        *("UK", "Great Britain", "England", "Scotland", "Wales", "Northern Ireland"),
        "United Kingdom of Great Britain and Northern Ireland",
    ),
    "United States": ("United States of America", "USA", "U.S.A."),
    "Venezuela": ("Venezuela (Bolivarian Republic of)", "Venezuela, Bolivarian Republic of"),
    "Vietnam": ("Viet Nam",),
}
_NAME_OF = {said.casefold(): name for name, all_said in _ONE_COUNTRY.items() for said in all_said}


def countries(text: str) -> list[str]:
    """The countries in a list of them."""
    return [_NAME_OF.get(country.casefold(), country) for country in parts(text)]
