"""The recognizers, presidio's and our own, as presidio wants them: a text in, results with type and place out.

None of them needs presidio's language models, which would have to be fetched.
"""

import re

from presidio_analyzer import EntityRecognizer, LocalRecognizer, RecognizerResult
from presidio_analyzer.predefined_recognizers import IbanRecognizer

from curation.mask.korean import KoreanNames
from curation.mask.latin import LatinNames
from curation.mask.places import PLACES
from curation.mask.shapes import SHAPES, Shape
from curation.mask.values import VALID


class Shapes(LocalRecognizer):  # type: ignore[misc]
    """All shapes of one type."""

    def __init__(self, kind: str, shapes: list[Shape]) -> None:
        self.shapes = [(re.compile(shape.pattern), VALID.get(shape.check)) for shape in shapes]
        super().__init__([kind], name=kind, supported_language="ko")

    def load(self) -> None:
        """Nothing to fetch."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: object = None) -> list[RecognizerResult]:
        """Where a shape fits and its check holds; of a pattern with a `value` only that part."""
        results = []
        for pattern, valid in self.shapes:
            group = "value" if "value" in pattern.groupindex else 0
            for match in pattern.finditer(text):
                if valid is None or valid(match[group]):
                    results.append(RecognizerResult(self.supported_entities[0], *match.span(group), 1.0))
        return results


class Names(LocalRecognizer):  # type: ignore[misc]
    """People, in Hangul and in Latin letters."""

    def __init__(self) -> None:
        self.readers = (KoreanNames(), LatinNames())
        super().__init__(["PERSON"], name="PERSON", supported_language="ko")

    def load(self) -> None:
        """Nothing to fetch."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: object = None) -> list[RecognizerResult]:
        """Names without their honorifics, titles and particles."""
        return [RecognizerResult("PERSON", *span, 0.85) for reader in self.readers for span in reader.find(text)]


def recognizers() -> list[EntityRecognizer]:
    """One for each type of Personal, and one for foreign account numbers."""
    shapes = [*SHAPES, *(Shape("ADDRESS", "", pattern) for pattern in PLACES)]
    kinds = dict.fromkeys(shape.type for shape in shapes)
    own = [Shapes(kind, [shape for shape in shapes if shape.type == kind]) for kind in kinds]
    return [*own, IbanRecognizer(supported_entity="ACCOUNT"), Names()]
