"""Who met whom: 18 women of a Southern town and the 14 social events they came to.

From Davis, Gardner and Gardner, *Deep South* (1941). Each attendance is kept once and read from
both ends: a woman has events, an event has women. With the name of a file, as picture.png, it draws both sides in an
order in which the two groups of the women show (that needs matplotlib: pip install 'hasmany[plot]').
"""

import csv
import sys
import textwrap
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import Any

from hasmany import Many, Model, field, has_many


class Woman(Model):
    name: str = field(unique=True)
    attendances: Many["Attendance"] = has_many()
    events: Many["Event"] = has_many(through="attendances")


class Event(Model):
    code: str = field(unique=True)
    attendances: Many["Attendance"] = has_many()
    women: Many["Woman"] = has_many(through="attendances")


class Attendance(Model, unique=("woman", "event")):
    woman: Woman
    event: Event


with open(Path(__file__).with_name("southern_women.csv"), newline="", encoding="utf-8") as file:
    for row in csv.DictReader(file):
        woman = Woman.find_or_create(name=row["woman"])
        woman.events.add(Event.find_or_create(code=row["event"]))

print(f"{len(Woman.all())} women, {len(Event.all())} events, {len(Attendance.all())} attendances")

print("\nEach woman and her events")
for woman in Woman.all():
    print(f"  {woman.name:<17} {len(woman.events):>3}  {', '.join(woman.events.values('code'))}")

print("\nEach event and its women, the best attended first")
for event in sorted(Event.all(), key=lambda event: len(event.women), reverse=True):
    first_names = [name.split()[0] for name in event.women.values("name")]
    label = f"  {event.code:<3} {len(event.women):>3}  "
    indent = " " * len(label)
    print(textwrap.fill(", ".join(first_names), 80, initial_indent=label, subsequent_indent=indent))

print("\nThe pairs of women who met most often")
meetings = Counter({(a, b): a.events.overlap(b.events) for a, b in combinations(Woman.all(), 2)})
for (a, b), times in meetings.most_common(8):
    where = ", ".join((a.events & b.events).values("code"))
    print(f"  {a.name:<17}  {b.name:<17} {times:>3}  {where}")

if len(sys.argv) > 1:
    picture: Any = Woman.all().plot.bipartite("events").figure
    picture.savefig(sys.argv[1])
    print(f"\nThe picture is in {sys.argv[1]}")
