"""Checked translations of sentences, from the cache or the translator.

In: normalized source segments. Out: a `Checked` for each, by index, or the engine's failure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from models.engine import DecodingOptions
from service.checks.checked import Checked, judged
from service.checks.compare import Comparison
from service.scheduling.request import RequestContext
from service.scheduling.translator import Translator
from service.storage.sentence_cache import SentenceCache
from service.translation.guards import CheckedOutcome, translate_checked
from service.translation.hints import add_hints

# Called with newly finished distinct sources: the indexes of each, and its outcome.
OnDone = Callable[[Sequence[Sequence[int]], Sequence[CheckedOutcome]], None]


class Sentences:
    """Translates sentences with a translator, guards and an optional cache."""

    def __init__(
        self,
        translator: Translator,
        cache: SentenceCache | None = None,
        *,
        hinted: bool = False,
    ) -> None:
        """`hinted` says that the model was trained with hints; checks and callers see none."""
        self.translator = translator
        self.hinted = hinted
        self._cache = cache

    def translate(
        self,
        sources: Sequence[str],
        options: DecodingOptions,
        context: RequestContext,
        on_done: OnDone | None = None,
    ) -> tuple[list[CheckedOutcome], list[bool]]:
        """Return the outcome of each source, and whether it was cached.

        Equal sources are translated once, and `on_done` gets them together. Finished batches are
        cached at once, so a repeated request continues an interrupted article. Raises `Gone` if
        the request is cancelled, and `TimedOut` after its deadline.
        """
        position = {source: n for n, source in enumerate(dict.fromkeys(sources))}
        distinct = list(position)
        outcomes = self._cached(distinct, options, context.owner)
        known = [outcome is not None for outcome in outcomes]
        places: list[list[int]] = [[] for _ in distinct]
        for index, source in enumerate(sources):
            places[position[source]].append(index)
        if on_done is not None and any(known):
            cached = [(n, outcome) for n, outcome in enumerate(outcomes) if outcome is not None]
            on_done([places[n] for n, _ in cached], [outcome for _, outcome in cached])
        missing = [n for n, outcome in enumerate(outcomes) if outcome is None]

        def on_settled(indexes: Sequence[int], done: Sequence[CheckedOutcome]) -> None:
            stored = [distinct[missing[index]] for index in indexes]
            self._store(stored, done, options, context.owner)
            if on_done is not None:
                on_done([places[missing[index]] for index in indexes], done)

        if missing:
            new_sources = [distinct[n] for n in missing]
            new = translate_checked(
                self.translator, new_sources, options, context, on_settled, hinted=self.hinted
            )
            for n, outcome in zip(missing, new, strict=True):
                outcomes[n] = outcome
        found = [outcome for outcome in outcomes if outcome is not None]
        positions = [position[source] for source in sources]
        return [found[n] for n in positions], [known[n] for n in positions]

    def cached(self, sources: Sequence[str], options: DecodingOptions) -> int:
        """Count the sources that the cache has."""
        if self._cache is None:
            return 0
        return sum(
            found is not None for found in self._cache.get(self._read_by_model(sources), options)
        )

    def _cached(
        self, sources: Sequence[str], options: DecodingOptions, owner: str
    ) -> list[CheckedOutcome | None]:
        if self._cache is None:
            return [None] * len(sources)
        found = self._cache.get(self._read_by_model(sources), options, owner)
        return [
            None if hypothesis is None else judged(Comparison(source, hypothesis.text), hypothesis)
            for source, hypothesis in zip(sources, found, strict=True)
        ]

    def _store(
        self,
        sources: Sequence[str],
        outcomes: Sequence[CheckedOutcome],
        options: DecodingOptions,
        owner: str,
    ) -> None:
        if self._cache is None:
            return
        done = [
            (source, outcome.hypothesis)
            for source, outcome in zip(sources, outcomes, strict=True)
            if isinstance(outcome, Checked)
        ]
        read = self._read_by_model([source for source, _ in done])
        self._cache.put(read, [hypothesis for _, hypothesis in done], options, owner)

    def _read_by_model(self, sources: Sequence[str]) -> list[str]:
        return [add_hints(source) for source in sources] if self.hinted else list(sources)
