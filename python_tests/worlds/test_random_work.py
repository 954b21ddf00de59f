"""Random work on two worlds, held after every step against dicts and lists, from both ends."""

from hypothesis import settings

from .random_clinic import Clinic
from .random_seed import SeedWorld

SETTINGS = settings(max_examples=120, stateful_step_count=50, deadline=None, database=None)

TestSeedWorld = SeedWorld.TestCase
TestSeedWorld.settings = SETTINGS
TestClinic = Clinic.TestCase
TestClinic.settings = SETTINGS
