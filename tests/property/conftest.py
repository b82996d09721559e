"""How long may a property take? As long as it needs: a busy machine is no counterexample."""

from hypothesis import HealthCheck, settings

settings.register_profile("ordertrail", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ordertrail")
