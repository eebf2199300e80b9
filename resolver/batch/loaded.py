"""Under what the rows of each source were loaded since the last re-cluster: records are stored in a normal form, and a
re-cluster that wants another one makes them anew. A small text of the store, gone once a re-cluster is done."""

from __future__ import annotations

import json
from hashlib import blake2b

from graph.store import Snapshot, Transaction
from resolver.config import IGNORE, SEEN_DAY, Config
from resolver.normalise import NORMALISER_VERSION

#: The name of the text, and what stands for a source that was loaded under several configs.
LOADED_UNDER = "loaded_under"
SEVERAL = "several"
#: What a field's settings say of records only once they are in their normal form.
_DECIDES = {"survivorship", "half_life_days"}


def note_load(tx: Transaction, source: str, config: Config) -> None:
    """Rows of this source are loaded under this config."""
    text, its = tx.meta(LOADED_UNDER), _form(source, config)
    forms: dict[str, str] = {} if text is None else json.loads(text)
    if forms.get(source) not in (its, SEVERAL):
        forms[source] = SEVERAL if source in forms else its
        tx.put_meta(LOADED_UNDER, json.dumps(forms, sort_keys=True))


def loaded_under(snapshot: Snapshot) -> str | None:
    """The text, for ``is_other_form`` and ``forget_loads``."""
    return snapshot.meta(LOADED_UNDER)


def is_other_form(text: str | None, config: Config) -> bool:
    """Whether some source was loaded under what gives its records another normal form than this config."""
    forms: dict[str, str] = {} if text is None else json.loads(text)
    return any(its != _form(source, config) for source, its in forms.items())


def forget_loads(tx: Transaction, text: str | None) -> None:
    """What was loaded by then is resolved. What was noted meanwhile stays noted."""
    if text is not None and tx.meta(LOADED_UNDER) == text:
        tx.put_meta(LOADED_UNDER, None)


def _form(source: str, config: Config) -> str:
    """A hash of all that the normal form of a source's records depends on."""
    its = config.sources.get(source)
    if its is None:
        return ""
    fields = sorted(set(its.columns.values()) - {IGNORE})
    kinds = [
        [name, (config.identifiers.get(name) or config.attributes[name]).model_dump_json(exclude=_DECIDES)]
        for name in fields
    ]
    resolution = config.resolution
    whole = [its.learned_from(), kinds, [resolution.region, resolution.date_order, NORMALISER_VERSION]]
    if config.fades:
        whole.append(SEEN_DAY)
    return blake2b(json.dumps(whole, sort_keys=True).encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
