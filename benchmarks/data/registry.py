"""Two registers: an American voter roll (``--variant us``) and a German customer list (``--variant de``).

The roll is in capitals, knows only the year of birth and writes telephone numbers in two formats; people move, marry
and register again, and fathers and sons differ by a suffix. The German list knows umlauts and their transcriptions,
spellings that sound alike (Meyer, Maier), abbreviated streets, maiden names and double names, and families.
"""

from __future__ import annotations

from benchmarks.data.common import Chance, command, write_rows
from benchmarks.data.registry_de import rows as german_rows
from benchmarks.data.registry_us import rows as american_rows

_VARIANTS = {"us": american_rows, "de": german_rows}


def main() -> None:
    arguments = command(__doc__, rows=20_000, variants=tuple(_VARIANTS))
    chance = Chance(arguments.seed)
    write_rows(_VARIANTS[arguments.variant](chance), arguments.rows, arguments.out, chance)


if __name__ == "__main__":
    main()
