"""What every test may ask for; and for all property tests: no deadlines, since machines are busy at times."""

from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.support.neo4j_fixtures", "tests.support.store_fixtures"]

settings.register_profile("whograph", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.load_profile("whograph")
