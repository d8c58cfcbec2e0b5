"""What a search means: how texts are folded and cut into index tokens, what a person typed, what else the words are called.

`spelling` folds and cuts, `request` reads what was typed, `meanings` knows synonyms and names, `expressions` makes the full-text
expression of a search, `marks` finds the words in a text again. Pages and SPARQL search by the same of these.
"""

from odlinked.search.expressions import match
from odlinked.search.spelling import searchable, token_of, tokens

__all__ = ["match", "searchable", "token_of", "tokens"]
