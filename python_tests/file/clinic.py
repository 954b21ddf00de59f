"""A clinic with referrals, a tree with twins, and bookmarks."""

from datetime import datetime

from hasmany import Many, Model, Tweet, User, belongs_to, field, has_many


class Doctor(Model):
    name: str
    appointments: Many["Appointment"] = has_many(by="doctor")
    referrals: Many["Appointment"] = has_many(by="referrer")
    patients: Many["Patient"] = has_many(through="appointments")


class Patient(Model):
    name: str = field(unique=True)
    appointments: Many["Appointment"] = has_many()
    doctors: Many["Doctor"] = has_many(through="appointments", source="doctor")
    referrers: Many["Doctor"] = has_many(through="appointments", source="referrer")


class Appointment(Model):
    doctor: Doctor
    patient: Patient = belongs_to(on_delete="cascade")
    at: datetime | None = None
    referrer: Doctor | None = belongs_to(on_delete="nullify", default=None)


class Node(Model):
    name: str
    parent: "Node | None" = belongs_to(on_delete="cascade", default=None)
    twin: "Node | None" = belongs_to(on_delete="nullify", default=None)
    children: Many["Node"] = has_many(by="parent")


class Bookmark(Model, unique=("user", "tweet")):
    user: User
    tweet: Tweet = belongs_to(on_delete="cascade")
