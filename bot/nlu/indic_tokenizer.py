"""spaCy tokenisation that is right for Indic scripts.

Rasa's own tokenisers keep joiners inside words, so that "क्‍या" and "क्या" differ; here
the text is normalised first, the same as everywhere else in Sathi.
"""

from __future__ import annotations

from typing import Any, Dict, List, Text

import spacy
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message

from knowledge_base.languages.normalise import normalise

MAX_CHARACTERS = 1000


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class IndicTokenizer(Tokenizer):
    """Split normalised text with spaCy's language-neutral rules.

    Token offsets refer to the normalised text. Text beyond ``max_characters`` is not
    looked at, so that a pasted document costs no more than a question.
    """

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """Return the defaults, see the class."""
        return {
            "intent_tokenization_flag": False,
            "intent_split_symbol": "_",
            "token_pattern": None,
            "max_characters": MAX_CHARACTERS,
        }

    def __init__(self, config: Dict[Text, Any]) -> None:
        """Create the tokeniser."""
        super().__init__(config)
        self._tokenizer = spacy.blank("xx").tokenizer

    def tokenize(self, message: Message, attribute: Text) -> List[Token]:
        """Return the tokens of an attribute, punctuation and spaces left out."""
        text = normalise(message.get(attribute)[: self._config["max_characters"]])
        return [
            Token(token.text.lower(), token.idx)
            for token in self._tokenizer(text)
            if not (token.is_punct or token.is_space)
        ]
