"""What the cyclic garbage collector is told."""

import gc

from resolver.garbage import leave_out_what_is_loaded


def test_what_a_service_has_loaded_is_collected_no_more_and_what_comes_later_is() -> None:
    class Ring:
        def __init__(self) -> None:
            self.itself = self

    try:
        leave_out_what_is_loaded()
        assert gc.get_freeze_count() > 0
        gc.disable()  # so that nothing collects the ring before we do
        Ring()
        assert gc.collect() > 0
    finally:
        gc.enable()
        gc.unfreeze()
